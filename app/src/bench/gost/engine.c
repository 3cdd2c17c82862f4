/* Times OpenSSL's gost engine on request: one line "sign N", "verify N" or "digest N" on stdin, nanoseconds for N calls
   on stdout. The functions are declared here, so that the library is enough and no headers are needed. */
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct engine_st ENGINE;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_pkey_ctx_st EVP_PKEY_CTX;
typedef struct evp_md_st EVP_MD;
ENGINE *ENGINE_by_id(const char *);
int ENGINE_init(ENGINE *);
int ENGINE_set_default(ENGINE *, unsigned);
void ENGINE_load_builtin_engines(void);
int OPENSSL_init_crypto(unsigned long long, const void *);
EVP_PKEY *PEM_read_PrivateKey(FILE *, EVP_PKEY **, void *, void *);
EVP_PKEY_CTX *EVP_PKEY_CTX_new(EVP_PKEY *, ENGINE *);
int EVP_PKEY_sign_init(EVP_PKEY_CTX *);
int EVP_PKEY_sign(EVP_PKEY_CTX *, unsigned char *, size_t *, const unsigned char *, size_t);
int EVP_PKEY_verify_init(EVP_PKEY_CTX *);
int EVP_PKEY_verify(EVP_PKEY_CTX *, const unsigned char *, size_t, const unsigned char *, size_t);
const EVP_MD *EVP_get_digestbyname(const char *);
int EVP_Digest(const void *, size_t, unsigned char *, unsigned *, const EVP_MD *, ENGINE *);

enum { ALL_METHODS = 0xffff, DIGEST = 64, MESSAGE = 3072 };

static long long now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

int main(int count, char **arguments) {
    unsigned char digest[DIGEST], message[MESSAGE], signature[256], out[DIGEST];
    size_t length = sizeof signature;
    unsigned size;
    char what[16];
    int times;
    ENGINE_load_builtin_engines();
    ENGINE *engine = ENGINE_by_id("gost");
    if (count != 2 || !engine || !ENGINE_init(engine) || !ENGINE_set_default(engine, ALL_METHODS)) return 2;
    FILE *file = fopen(arguments[1], "r");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    const EVP_MD *streebog = EVP_get_digestbyname("md_gost12_512");
    if (!key || !streebog) return 3;
    memset(digest, 0x5a, sizeof digest);
    memset(message, 0x5a, sizeof message);
    EVP_PKEY_CTX *signer = EVP_PKEY_CTX_new(key, engine), *verifier = EVP_PKEY_CTX_new(key, engine);
    if (EVP_PKEY_sign_init(signer) <= 0 || EVP_PKEY_verify_init(verifier) <= 0) return 4;
    if (EVP_PKEY_sign(signer, signature, &length, digest, sizeof digest) <= 0) return 5;
    while (scanf("%15s %d", what, &times) == 2) {
        long long begun = now();
        for (int turn = 0; turn < times; turn++) {
            unsigned char fresh[256];
            size_t made = sizeof fresh;
            int ok = what[0] == 's'   ? EVP_PKEY_sign(signer, fresh, &made, digest, sizeof digest)
                     : what[0] == 'v' ? EVP_PKEY_verify(verifier, signature, length, digest, sizeof digest)
                                      : EVP_Digest(message, sizeof message, out, &size, streebog, engine);
            if (ok != 1) return 6;
        }
        printf("%lld\n", now() - begun);
        fflush(stdout);
    }
    return 0;
}
