#!/bin/sh
# Shows that the tests bite: in a copy of the tree it takes out, one after another, what the terminal's promises stand on, and runs
# the test that has to fail then. It ends with 1 when a test does not notice, or when there is nothing to take out any more.
set -eu

tree=$(cd "$(dirname "$0")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tar -C "$tree" --exclude=./out --exclude=./.git -cf - . | tar -C "$copy" -xf -
cd "$copy"
export CGO_ENABLED=0

bad=0
count=0
out=$copy/teeth.out

# run PACKAGE TEST
run() { go test -count=1 -run "^($2)\$" "./$1" >"$out" 2>&1; }

# bite WHAT FILE PACKAGE TEST CHANGE: change the one place in FILE that the perl expression CHANGE fits, and run TEST.
bite() {
	what=$1 file=$2 package=$3 test=$4 change=$5
	count=$((count + 1))
	printf '\n%s\n    %s, by %s in %s\n' "$what" "$file" "$test" "$package"
	if ! run "$package" "$test"; then
		echo "    WRONG: the test fails before anything is taken out"
		sed 's/^/    /' "$out" | head -n 20
		bad=$((bad + 1))
		return
	fi
	if grep -q 'no tests to run' "$out"; then
		echo "    WRONG: there is no such test"
		bad=$((bad + 1))
		return
	fi
	cp "$file" "$copy/teeth.whole"
	if ! perl -0777 -i -pe "\$n = ($change); END { exit(\$n == 1 ? 0 : 1) }" "$file"; then
		echo "    WRONG: there is nothing, or more than one thing, to take out"
		bad=$((bad + 1))
	elif ! go test -c -o /dev/null "./$package" >"$out" 2>&1; then
		echo "    WRONG: without it the tree does not build"
		sed 's/^/    /' "$out" | head -n 10
		bad=$((bad + 1))
	elif run "$package" "$test"; then
		echo "    WRONG: the test does not notice"
		bad=$((bad + 1))
	else
		echo "    noticed:"
		grep -E '^ *(--- FAIL|[a-z_]+_test\.go:[0-9]+:|panic:)' "$out" | sed 's/^/    /' | cut -c1-160 | head -n 4
	fi
	mv "$copy/teeth.whole" "$file"
}

bite "A kept file's bytes are synced" sync/queue/disk.go sync/queue TestKeepSyncsBeforeItReturns \
	's/(func \(d disk\) syncFile\(.*?\n\t)return d\.flush\(f\.f\)\n/${1}return nil\n/s'
bite "A kept file's name is synced" sync/queue/disk.go sync/queue TestKeepSyncsBeforeItReturns \
	's/(func \(d disk\) syncDir\(.*?\n\t)return d\.flush\(f\)\n/${1}return nil\n/s'
bite "Syncing reaches the kernel" sync/queue/disk.go sync/queue TestKeepSyncsBeforeItReturns \
	's/(func \(d disk\) flush\(.*?\n\t)return f\.Sync\(\)\n/${1}return nil\n/s'
bite "The platform has each case once" sync/hub/schema.sql sync/hub TestCaseKeyIsUnique \
	's/\n\tCONSTRAINT case_key_once UNIQUE \(key\),//'
bite "The end of a visit zeroes card and answers" device/session/wipe.go device/session TestWipeAtEveryEnd \
	's/\n\t\tv\.draft\.Wipe\(\)\n/\n/'
bite "The end of a visit zeroes pictures" device/session/wipe.go device/session TestWipeAtEveryEnd \
	's/(range v\.pictures \{)\n\t\tclear\(b\)\n/${1}\n\t\t_ = b\n/'
bite "Zeroing zeroes" device/identity/secret.go device/session TestWipeAtEveryEnd \
	's/func \(s Secret\) Wipe\(\) \{ clear\(s\.b\) \}/func (s Secret) Wipe() {}/'
bite "The platform checks who signed a case" sync/hub/intake.go sync/hub TestWrongSignatureIsRefused \
	's/header, err := head\.Verify\(cert\.PublicKey\)/header, err := head.Claimed, error(nil)\n\t_ = cert/'
bite "The terminal checks who signed a document" device/trust/trust.go device/trust 'TestVerifyRefuses|TestAnyChangedByteIsRefused' \
	's/payload, err := jws\.Verify\(key\)/payload, err := jws.UnsafePayloadWithoutVerification(), error(nil)\n\t_ = key/'
bite "The terminal checks who signed an item" device/trust/trust.go device/trust TestManifest \
	's/if !ed25519\.Verify\(key, /if false \&\& !ed25519.Verify(key, /'

echo
if [ "$bad" != 0 ]; then
	echo "teeth: $bad of $count changes were not noticed"
	exit 1
fi
echo "teeth: all $count changes were noticed"
