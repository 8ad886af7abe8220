/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_CAPTURES_TCPDUMP_ESP_H
#define TESTS_CAPTURES_TCPDUMP_ESP_H

/*
 * DOC: ESP packets that FreeS/WAN made, as tcpdump's test suite has them.
 *
 * From tcpdump 4.99.3 (Debian source package tcpdump_4.99.3.orig.tar.gz), the
 * first packets of tests/08-sunrise-sunset-aes.pcap,
 * tests/02-sunrise-sunset-esp.pcap and tests/08-sunrise-sunset-esp2.pcap,
 * without their Ethernet and IP headers; encryption keys from its
 * tests/esp-secrets.txt and tests/crypto.tests (esp1).  The authentication key of
 * the first two is the one of FreeS/WAN's own test set-up, which made them:
 * 0x8765 again and again.  tcpdump's licence:
 *
 * License: BSD
 *
 * Redistribution and use in source and binary forms, with or without
 * modification, are permitted provided that the following conditions
 * are met:
 *
 *   1. Redistributions of source code must retain the above copyright
 *      notice, this list of conditions and the following disclaimer.
 *   2. Redistributions in binary form must reproduce the above copyright
 *      notice, this list of conditions and the following disclaimer in
 *      the documentation and/or other materials provided with the
 *      distribution.
 *   3. The names of the authors may not be used to endorse or promote
 *      products derived from this software without specific prior
 *      written permission.
 *
 * THIS SOFTWARE IS PROVIDED ``AS IS'' AND WITHOUT ANY EXPRESS OR
 * IMPLIED WARRANTIES, INCLUDING, WITHOUT LIMITATION, THE IMPLIED
 * WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE.
 */

/* AES-256-CBC, HMAC-SHA1-96, SPI 0xd1234567; numbers 1, 2, 3 */
static const char cap_aes_key[] =
    "aaaabbbbccccdddd4043434545464649494a4a4c4c4f4f515152525454575758";
static const char cap_aes_auth[] =
    "8765876587658765876587658765876587658765";
static const char *const cap_aes[] = {
    "d123456700000001e6bb1ce8d0a88170da61de234d5618a09984c00c3ebcfc69"
    "e9287affec215449ffbe790ac7280eca8f6c88b125deca11c870e4f851342d20"
    "200ff1189cc18c910a5f37e74f1528f26749bf998bc20cc645117e2bdcc9ba0b"
    "0ad3a80168619ac66eb4b070d771e65f6077ea5366bf3bd88b5b5cbcd1e4d990"
    "b76e85b1",
    "d1234567000000026eb4b070d771e65f6077ea5366bf3bd84468935647b0c5a2"
    "dab3be894f655b1e4669f4dfd099df0b2cf56f806af7d5f325c00c2ac073e6ff"
    "b2d77c9f065a6ab77d5d5625105b9b0da40f6cac0f9b353148ba5e43c80cf477"
    "751075a2bbb442980dcaf8251660380394fd5e64f9ad9b9e04de027b34ac857a"
    "8f30a28e",
    "d1234567000000030dcaf8251660380394fd5e64f9ad9b9e75635bd461d609ef"
    "d4a18424b79fba6654fab13eefbae2ac702ea05c8daff78d3e3d2ab07083fe62"
    "ed2f354f0f89586a96352e6ccf025cd1886d986dfd29d58518ceeec8ab4c7270"
    "7e195b129ec9058b86ca37efd245dcd89869d5430a95e5e5b35ca6e3290faa42"
    "1a832972",
};

/* 3DES-CBC, HMAC-MD5-96, SPI 0x12345678; number 1 */
static const char cap_3des_key[] =
    "4043434545464649494a4a4c4c4f4f515152525454575758";
static const char cap_3des_auth[] = "87658765876587658765876587658765";
static const char cap_3des[] =
    "12345678000000014c20452f3cb09211d3a748cde5c811e39c4ee83cfe96a1e4"
    "2acfd2b87aab05d1642ba3af9c1bc342102c40ad15df4de0200a636387347111"
    "87d412093b83bfaa43191cbd84a45b0276338399b1f5ca17cc9254457e590655"
    "1a7041e3dc9176e86fd3ffdd00b0bc11f8103097";

/* The same with another packet like it inside, under a key of its own. */
static const char cap_outer_key[] =
    "43434545464649494a4a4c4c4f4f51515252545457575840";
static const char cap_inner_key[] =
    "434545464649494a4a4c4c4f4f5151525254545757584043";
static const char cap_nested[] =
    "123456780000000147412fc54b99800befbbafd4d0d960a86f57c5d8438ef693"
    "89a04b761c4506aa04707a04ded7b948e6bb2ae9a1bc35851cec0b967c35ffd3"
    "bbf3373e02b42e33c2f5dcfb01b9013db033c953132de719acefbc66e79c458d"
    "3967af01a7ccce3ec6329a55533335b9578ffaf08d09ea9d737f811878623fb7"
    "4442073d9adb0c01f38d44ed3ccd56c25436f0867bd03a45a38f5917458d6016"
    "d513d6542846af5959412f4a";

#endif
