/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions that have no place here: they cannot be told how much room there
 * is, or keep their result in a static buffer. Using one does not compile. */
#ifndef ARGUS_BASE_BANNED_H
#define ARGUS_BASE_BANNED_H

#define BANNED(name) name##_is_banned_see_base_banned_h

#undef strcpy
#define strcpy BANNED(strcpy)
#undef strcat
#define strcat BANNED(strcat)
#undef strncpy
#define strncpy BANNED(strncpy)
#undef strncat
#define strncat BANNED(strncat)
#undef sprintf
#define sprintf BANNED(sprintf)
#undef vsprintf
#define vsprintf BANNED(vsprintf)
#undef strtok
#define strtok BANNED(strtok)
#undef gmtime
#define gmtime BANNED(gmtime)
#undef localtime
#define localtime BANNED(localtime)
#undef asctime
#define asctime BANNED(asctime)
#undef ctime
#define ctime BANNED(ctime)
#undef gets
#define gets BANNED(gets)
#undef atoi
#define atoi BANNED(atoi)
#undef atol
#define atol BANNED(atol)
#undef alloca
#define alloca BANNED(alloca)

#endif
