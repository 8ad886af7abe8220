#include <string.h>
#include "radius/dae.h"
void dae_params_default(struct dae_params *p){memset(p,0,sizeof(*p));}
struct dae *dae_new(const struct dae_params *a, struct rng *b, struct drops *c){(void)a;(void)b;(void)c;return NULL;}
void dae_free(struct dae *d){(void)d;}
void dae_out_reset(struct dae_out *o){o->n=0;o->used=0;}
void dae_input(struct dae *d, mono_t now, uint64_t u,const struct endpoint *l, const struct endpoint *r,struct rd x, struct dae_out *o){(void)d;(void)now;(void)u;(void)l;(void)r;(void)x;(void)o;}
void dae_answer(struct dae *d, mono_t now, uint32_t q,enum dae_cause c, struct dae_out *o){(void)d;(void)now;(void)q;(void)c;(void)o;}
void dae_expire(struct dae *d, mono_t n, struct dae_out *o){(void)d;(void)n;(void)o;}
mono_t dae_deadline(const struct dae *d){(void)d;return MONO_NEVER;}
size_t dae_frozen_size(const struct dae *d){(void)d;return 0;}
void dae_freeze(const struct dae *d, struct wr *w){(void)d;(void)w;}
struct dae *dae_thaw(const struct dae_params *a, struct rng *b,struct drops *c, struct rd *d){(void)a;(void)b;(void)c;(void)d;return NULL;}
