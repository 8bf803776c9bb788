# SPDX-License-Identifier: GPL-3.0-or-later
# Servers that ask their clients who they are (SASL), and streams that are protected.
. "$SRC/tests/cli/lib.sh"
python3 -I -S -c 'import pty, socket' 2>/dev/null || skip_all "no python3 for a server"
mkrecords >"$T/a"
mkrecords -c 2 >"$T/b"

# For builds with a sanitizer: libsasl2's DIGEST-MD5 leaves memory behind, some of it libcrypto's.
printf 'leak:libdigestmd5.so\nleak:libcrypto.so\n' >"$T/leaks"
export LSAN_OPTIONS="suppressions=$T/leaks:print_suppressions=0"

# A server of which only the words are known; and one that knows "me", with the password "secret".
serve() { start server.py "$@"; }
sasl() { start saslserver "$@"; }
seqs() { run ra -X -L-1 -s seq "$@"; out=$(echo $out); }

if ! ra --version | grep -q '\bsasl\b'; then
	serve --sasl '' "$T/a"; run ra -X -S "$at"; ends "without libsasl2 a server that asks is status 1" 1
	is "and said" "ra: $at: source requesting unsupported authentication (SASL)" "$err"
	run ra -X -U me; ends "-U is refused" 1; has "and said" "not built in" "$err"
	run ra -X -M saslmech=PLAIN; ends "saslmech= is refused" 1; has "and said" "not built in" "$err"
	is "the usage does not offer them" "" "$(ra -h | grep -e '^ *-U' -e saslmech)"
	serve "$T/a"; run ra -X -o RA_MIN_SSF=1 -S "$at"; ends "protection that cannot be had may still be demanded" 1
	finish; exit
fi

# Which mechanisms there are, is a matter of what is installed.
sasl "$T/a"; run ra -X -S "$at" -M saslmech=NONE; offered=$err
ends "a mechanism that the server has not is status 1" 1
has "and said" "$at: the server does not offer NONE; it offers {" "$err"
heard "and the server, too" "it ends the authentication"
case $offered in *PLAIN*) ;; *) skip_all "libsasl2 has no mechanism PLAIN (libsasl2-modules)" ;; esac
# lacks MECHANISM: there is none, which is said.
lacks() { case $offered in *"$1,"* | *"$1}"*) return 1 ;; *) pass "no $1 # SKIP libsasl2 has no such mechanism" ;; esac; }

# Who we are.
sasl "$T/a"; seqs -S "me:secret@$at" -M saslmech=PLAIN; ends "a server that asks is read with user and password of its address" 0
is "to the end of its stream" "1 2 3 4 5" "$out"
is "without a message" "" "$err"
heard "and is told them" "PLAIN me/me 0
START: "
sasl "$T/a"; seqs -S "argus://me:secret@$at" - tcp; is "libsasl2 picks a mechanism otherwise" "1 4" "$out"
sasl "$T/a"; seqs -U boss/me -o RA_AUTH_PASS=secret -M saslmech=plain -S "$at"
heard "-U says whose rights and whose password" "PLAIN boss/me 0
START: "
sasl "$T/a"; printf 'RA_USER_AUTH=boss/me\nRA_AUTH_PASS="secret"\n' >"$T/rc"; seqs -F "$T/rc" -M saslmech=PLAIN -S "$at"
heard "a configuration says it" "PLAIN boss/me 0
START: "
sasl "$T/a"; seqs -F "$T/rc" -U me -M saslmech=PLAIN -S "$at"; heard "the command line goes before it" "PLAIN me/me 0
START: "
sasl "$T/a"; seqs -F "$T/rc" -U you -o RA_AUTH_PASS=wrong -M saslmech=PLAIN -S "me:secret@$at"
heard "and the address before both" "PLAIN me/me 0
START: "
for mechanism in LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
	lacks $mechanism && continue
	sasl -s 0-0 "$T/a"; seqs -U me -S "me:secret@$at" -M saslmech=$mechanism -o RA_MAX_SSF=0
	heard "$mechanism does" "$mechanism me/me 0
START: "
	is "and all is read" "1 2 3 4 5" "$out"
	sasl "$T/a"; run ra -X -S "me:wrong@$at" -M saslmech=$mechanism; ends "but not with a wrong password" 2
	has "which is said" "$at: the server refuses us: " "$err"
done
sasl "$T/a"; run ra -X -S "me:wrong@$at" -M saslmech=PLAIN; ends "a wrong password is status 2" 2
has "and said, with the code" "assword verification failed [-13]" "$err"
is "itself it is not said" "" "$(echo "$err" | grep wrong)"
sasl "$T/a"; run ra -X -S "you:secret@$at" -M saslmech=PLAIN; ends "so is a user that the server does not know" 2
sasl -l '{KRAKEN, X-9}' "$T/a"; run ra -X -S "me:secret@$at"; ends "a server whose mechanisms are unknown to us is status 1" 1
has "and said" "no way of authentication in common within RA_MIN_SSF and RA_MAX_SSF; the server offers {KRAKEN, X-9}" "$err"

# More than one.
sasl "$T/a"; first=$at
sasl "$T/b"; seqs -S "me:secret@$first me:secret@$at" - tcp; is "two servers that ask are read at once" 6 "$(echo $out | wc -w)"
serve "$T/a"; first=$at
sasl "$T/a"; seqs -S "me:secret@$first" -S "me:secret@$at"; is "and one that asks beside one that does not" 10 "$(echo $out | wc -w)"
sasl "$T/a"; seqs -S "me:secret@$at me:secret@127.0.0.1:1"; is "or beside one that is away" "1 2 3 4 5" "$out"
sasl "$T/a" "$T/b"; seqs -o RA_RELIABLE_CONNECT=yes -S "me:secret@$at" -N 16
is "one that is lost is told again who we are" 15 "$(echo $out | wc -w)"

# What is protected.
if ! lacks DIGEST-MD5; then
	for strength in 1 128; do
		only="-o RA_MIN_SSF=$strength -o RA_MAX_SSF=$strength"
		sasl "$T/b"; seqs $only -S "me:secret@$at"; is "strength $strength protects a stream" "1 2 3 4 5 6 7 8 9 10" "$out"
		heard "and what we say" "DIGEST-MD5 me/me $strength
START: "
		sasl -k "$T/a"; seqs $only -S "me:secret@$at" -N 2 - tcp; is "with a filter, whose answer is not protected" "1 4" "$out"
		heard "all of it" "DIGEST-MD5 me/me $strength
FILTER: man or (tcp)
START: 
DONE: "
		sasl "$T/b"; seqs $only -S "me:secret@$at/some/file"; is "so is a file" "1 2 3 4 5 6 7 8 9 10" "$out"
		heard "and who asks for it" "DIGEST-MD5 me/me $strength
FILE: /some/file
START: "
	done
	sasl -s 1-1 "$T/a"; seqs -S "me:secret@$at"; heard "the server's limits bind as well" "DIGEST-MD5 me/me 1
START: "
	long=$(i=0; while [ $i -lt 1000 ]; do printf 'port %d or ' $i; i=$((i + 1)); done)tcp
	sasl "$T/a"; seqs -o RA_MIN_SSF=128 -S "me:secret@$at" - "$long"; is "a filter may be longer than a message" "1 2 4 5" "$out"
	sasl -s 128-128 -c "$T/a"; seqs -S "me:secret@$at"; ends "a stream that ends inside a message is status 3" 3
	is "before it all is read" "1 2 3 4 5" "$out"
	has "which is said" "$at: ends inside a protected message" "$err"
	sasl -s 128-128 -d "$T/a"; seqs -S "me:secret@$at"; ends "so is one that was changed on its way" 3
	is "before it, too" "1 2 3" "$out"
	has "which is said" "$at: a protected message is damaged: " "$err"
fi
sasl "$T/a"; run ra -X -o RA_MIN_SSF=2 -o RA_MAX_SSF=1 -S "me:secret@$at"; ends "limits that nothing keeps are status 1" 1
has "and said" "RA_MIN_SSF, 2, is above RA_MAX_SSF, 1" "$err"
sasl -l '{PLAIN}' "$T/a"; run ra -X -o RA_MIN_SSF=1 -S "me:secret@$at"; ends "no password is sent in clear where protection is demanded" 1
heard "none at all" "it ends the authentication"
serve "$T/a"; run ra -X -o RA_MIN_SSF=1 -S "$at"; ends "nor is a server read that does not protect its records" 1
is "which is said" "ra: $at does not protect its records, as RA_MIN_SSF demands" "$err"

# Servers that are wrong. What they say is shown without what a terminal takes for orders.
plain='S: e1BMQUlOfQ==\n'
# wrong NAME TEXT STATUS PART: a server says that text.
wrong() {
	serve --sasl "$2" "$T/a"
	run ra -X -o RA_CONNECT_TIME=1 -S "me:secret@$at" -M saslmech=PLAIN
	[ "$status" = "$3" ] && has "$1" "$4" "$err" || fail "$1" "status $status, not $3" "$err"
}
wrong "another kind of line" 'HELLO \x1b[2J\n' 2 "not what a server says: 'HELLO ?[2J'"
wrong "no base64" 'S: ????\n' 2 "what the server says is not base64"
wrong "a line that is not all text" 'S: e1BM\x00QUlOfQ==\n' 2 "not what a server says: 'S: e1BM'"
wrong "an empty list" 'S: \n' 1 "does not offer PLAIN"
wrong "a list that is a terminal's orders" 'S: G1sySg==\n' 1 "it offers ?[2J"
wrong "half a line, and silence" 'S: e1BM' 1 "does not answer"
wrong "silence behind the list" "$plain" 1 "does not answer"
wrong "a question that the mechanism does not have" "${plain}S: QUFB\n" 2 "authentication failed: "
wrong "success before the list" 'D: \n' 2 "lets us in before it has shown who it is"
wrong "a refusal with a text" "${plain}E: [-13] Z28gYXdheQ==\n" 2 "the server refuses us: go away [-13]"
wrong "a refusal without one" 'E: [-13]\n' 2 "the server refuses us: authentication failure [-13]"
wrong "a refusal without anything" 'E:\n' 2 "the server refuses us: generic failure [-1]"
wrong "a line without end" "$(printf '%70000s' x | tr ' ' A)" 2 "a line of the server has no end"
lacks SCRAM-SHA-1 || {
	serve --sasl 'S: e1NDUkFNLVNIQS0xfQ==\nD: \n' "$T/a"; run ra -X -S "me:secret@$at"
	ends "success before a proof is status 2" 2; has "and said" "lets us in before it has shown who it is" "$err"
}

# What is not known is asked for at the terminal. dialogue WORDS [QUESTION ANSWER] ...
dialogue() { words=$1; shift; run python3 -I -S "$SRC/tests/cli/terminal.py" "ra -X -L-1 -s seq $words" "$@"; out=$(echo $out); }
sasl "$T/a"; dialogue "-S $at -M saslmech=PLAIN" Username: 'boss\n' Authname: 'me\n' Password: 'secret\n'
is "a terminal is asked, and does not show the password" "$at asks who you are Username: boss Authname: me Password: 1 2 3 4 5 echo" "$out"
heard "and its answers are said" "PLAIN boss/me 0
START: "
sasl "$T/a"; dialogue "-S $at -M saslmech=PLAIN" Username: 'me\n' Authname: '\n' Password: 'secret\n'
heard "no second name is the first" "PLAIN me/me 0
START: "
sasl "$T/a"; dialogue "-U me -S $at </dev/null" Password: 'secret\n'
is "only what is missing is asked for, whatever standard input is" "$at asks who you are Password: 1 2 3 4 5 echo" "$out"
sasl "$T/a"; first=$at
sasl "$T/a"; dialogue "-S me@$first -S me@$at" Password: 'secret\n' Password: 'secret\n'
has "two servers ask one after the other" "$first asks who you are Password: " "$out"
has "each for itself" "$at asks who you are Password: " "$out"
sasl -q "$T/a" "$T/a"; dialogue "-S me@$at -M saslmech=PLAIN" Password: 'secret\n'
is "one that does not wait so long is connected again" "$at asks who you are Password: 1 2 3 4 5 echo" "$out"
sasl "$T/a"; dialogue "-S me@$at" Password: '\x04'; ends "an end of the input is no answer" 1
has "and the terminal is as it was" "$at asks for a password: RA_AUTH_PASS or USER:PASSWORD@ says it echo" "$out"
sasl "$T/a"; dialogue "-S me@$at" Password: 'sec\x03'; has "a signal leaves it so, too" " echo" "$out"
sasl "$T/a"; run setsid -w ra -X -S "me@$at"; ends "without a terminal what is missing is status 1" 1
has "and said" "asks for a password" "$err"
sasl "$T/a"; run setsid -w ra -X -S "$at"; has "a name, too" "$at asks who you are: -U, RA_USER_AUTH or USER@ says it" "$err"
finish
