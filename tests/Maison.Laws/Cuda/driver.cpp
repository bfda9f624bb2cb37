// A CUDA driver, run-time compiler and matrix library for machines without a GPU, so that the kernels in src/Maison.Tensors/Cuda/Sources can be held to
// their laws anywhere. Kernels are compiled by g++ behind prelude.h; a block's threads are fibres that switch at barriers and warp exchanges, blocks run one
// after another. It is right, not fast, and stops with a message where threads of a block wait at different barriers. One library stands for libcuda,
// libnvrtc and libcublas; only the calls of Driver.cs are there. EMULATOR names the folder of this file.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <string>
#include <unistd.h>
#include <vector>

using std::string;
typedef void (*Body)(const void*);
struct Three { unsigned x, y, z; };

extern "C" { Three threadIdx, blockIdx, blockDim, gridDim; }

// --- fibres -----------------------------------------------------------------------------------------------------------------------------------

enum Waits { Ready, ForBlock, ForWarp };
struct Fibre { void* stack; bool done; Waits waits; };

static const size_t stackBytes = 256 << 10;
static std::vector<Fibre> fibres;
static char *stacks, shared_memory[1 << 20] __attribute__((aligned(256)));
static void* scheduler;
static int current, waited;
static Body body;
static const void* job;
static std::mutex one_kernel;

extern "C" void switch_stacks(void** save, void* to);
asm(R"(
.text
.globl switch_stacks
switch_stacks:
  pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp
  ret
)");

static void begin()
{
    body(job);
    fibres[current].done = true;
    switch_stacks(&fibres[current].stack, scheduler);
    abort();
}

static void wait(Waits kind)
{
    const int me = current;
    fibres[me].waits = kind;
    switch_stacks(&fibres[me].stack, scheduler);
}

extern "C" float* emulated_shared() { return (float*)shared_memory; }
extern "C" void emulated_syncthreads() { wait(ForBlock); }
extern "C" void emulated_syncwarp() { wait(ForWarp); }
extern "C" void emulated_wait_for_earlier() { waited++; }

// Publishes a value to the warp and waits for all of its threads; gives the values of lanes 0 …, 64 bytes apart. Two sets take turns.
extern "C" char* emulated_exchange(const void* value, int bytes)
{
    static char slots[2][1024][64];
    static unsigned char turn[1024];
    const int me = current, set = turn[me] ^= 1;
    memcpy(slots[set][me], value, bytes);
    wait(ForWarp);
    return slots[set][me & ~31];
}

// Lets threads [first, end) go on if all that still run wait for the same thing.
static bool release(int first, int end, Waits kind)
{
    int alive = 0, waiting = 0;
    for (int t = first; t < end; t++)
        if (!fibres[t].done) { alive++; waiting += fibres[t].waits == kind; }
    if (alive == 0 || waiting < alive) return false;
    for (int t = first; t < end; t++) fibres[t].waits = Ready;
    return true;
}

static void run_block(int threads)
{
    if ((int)fibres.size() < threads)
    {
        fibres.resize(threads);
        free(stacks);
        stacks = (char*)aligned_alloc(64, stackBytes * threads);
    }
    for (int t = 0; t < threads; t++)
    {
        void** top = (void**)(stacks + stackBytes * (t + 1) - 64);
        *--top = nullptr;
        *--top = (void*)begin;
        for (int i = 0; i < 6; i++) *--top = nullptr;
        fibres[t] = { top, false, Ready };
    }
    for (int left = threads; left > 0;)
    {
        bool moved = false;
        for (int t = 0; t < threads; t++)
        {
            if (fibres[t].done || fibres[t].waits != Ready) continue;
            moved = true;
            current = t;
            threadIdx = { (unsigned)t, 0, 0 };
            switch_stacks(&scheduler, fibres[t].stack);
            if (fibres[t].done) left--;
        }
        for (int w = 0; w < threads; w += 32) moved |= release(w, w + 32 < threads ? w + 32 : threads, ForWarp);
        moved |= release(0, threads, ForBlock);
        if (left > 0 && !moved)
        {
            fprintf(stderr, "emulated CUDA: threads of a block wait at different barriers\n");
            abort();
        }
    }
}

// --- driver -----------------------------------------------------------------------------------------------------------------------------------

// What a stream was told while it was recorded.
struct Order { void* kernel; unsigned blocks, threads, shared; bool early; std::vector<char> arguments; void *to, *from; size_t bytes; int fill; };
typedef std::vector<Order> Orders;
static std::map<void*, Orders*> recording;
static std::map<void*, unsigned> argument_bytes;

static Orders* recorded(void* stream)
{
    auto found = recording.find(stream);
    return found == recording.end() ? nullptr : found->second;
}

static void* aligned(size_t bytes) { return aligned_alloc(256, (bytes + 255) & ~(size_t)255); }

extern "C"
{
int cuInit(unsigned) { return 0; }
int cuGetErrorString(int, const char** text) { *text = "emulated"; return 0; }
int cuDeviceGetCount(int* count) { *count = 1; return 0; }
int cuDeviceGet(int* device, int) { *device = 0; return 0; }
int cuDeviceGetName(char* name, int bytes, int) { snprintf(name, bytes, "fibres"); return 0; }
int cuDeviceGetAttribute(int* value, int attribute, int) { *value = attribute == 75 ? 9 : attribute == 16 ? 4 : 0; return 0; }
int cuDevicePrimaryCtxRetain(void** context, int) { *context = (void*)1; return 0; }
int cuCtxSetCurrent(void*) { return 0; }
int cuStreamCreate(void** stream, unsigned) { static long made; *stream = (void*)++made; return 0; }
int cuStreamDestroy_v2(void*) { return 0; }
int cuStreamSynchronize(void*) { return 0; }
int cuMemGetInfo_v2(size_t* free, size_t* all) { *free = *all = (size_t)8 << 30; return 0; }
int cuMemHostAlloc(void** at, size_t bytes, unsigned) { *at = aligned(bytes); return 0; }
int cuMemFreeHost(void* at) { free(at); return 0; }
int cuMemFree_v2(void* at) { free(at); return 0; }
int cuMemPrefetchAsync(void*, size_t, int, void*) { return 0; }
int cuFuncSetAttribute(void*, int, int) { return 0; }

// Memory is no zeros, so that a kernel that reads what nobody wrote is found.
int cuMemAllocManaged(void** at, size_t bytes, unsigned)
{
    *at = aligned(bytes);
    memset(*at, 0xcc, bytes < (64 << 20) ? bytes : 0);
    return 0;
}

int cuMemcpyAsync(void* to, void* from, size_t bytes, void* stream)
{
    if (Orders* orders = recorded(stream)) orders->push_back({ nullptr, 0, 0, 0, false, {}, to, from, bytes, -1 });
    else memcpy(to, from, bytes);
    return 0;
}

int cuMemsetD8Async(void* to, unsigned char value, size_t bytes, void* stream)
{
    if (Orders* orders = recorded(stream)) orders->push_back({ nullptr, 0, 0, 0, false, {}, to, nullptr, bytes, value });
    else memset(to, value, bytes);
    return 0;
}

int cuModuleLoadData(void** module, const char* path)
{
    *module = dlopen(path, RTLD_NOW);
    if (!*module) fprintf(stderr, "%s\n", dlerror());
    return *module ? 0 : 1;
}

int cuModuleGetFunction(void** kernel, void* module, const char* name)
{
    *kernel = dlsym(module, (string("launch_") + name).c_str());
    if (!*kernel) return 500;
    argument_bytes[*kernel] = *(unsigned*)dlsym(module, (string("size_") + name).c_str());
    return 0;
}

// A kernel that may begin early waits for those before it in every thread.
static int launch(void* kernel, unsigned blocks, unsigned threads, unsigned shared, void* stream, void** arguments, bool early)
{
    if (Orders* orders = recorded(stream))
    {
        orders->push_back({ kernel, blocks, threads, shared, early, std::vector<char>((char*)arguments[0], (char*)arguments[0] + argument_bytes[kernel]), nullptr, nullptr, 0, 0 });
        return 0;
    }
    std::lock_guard<std::mutex> hold(one_kernel);
    if (shared > sizeof shared_memory) return 1;
    body = (Body)kernel;
    job = arguments[0];
    blockDim = { threads, 1, 1 };
    gridDim = { blocks, 1, 1 };
    for (unsigned b = 0; b < blocks; b++)
    {
        blockIdx = { b, 0, 0 };
        memset(shared_memory, 0xcc, shared);
        waited = 0;
        run_block(threads);
        if (early && waited != (int)threads)
        {
            fprintf(stderr, "emulated CUDA: a kernel that may begin early does not wait in every thread\n");
            abort();
        }
    }
    return 0;
}

int cuLaunchKernel(void* kernel, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned, unsigned, unsigned shared, void* stream, void** arguments, void**)
{
    return launch(kernel, blocks, threads, shared, stream, arguments, false);
}

struct Attribute { int id, pad, value, rest[15]; };
struct Config { unsigned grid[3], block[3], shared; void* stream; Attribute* attributes; unsigned count; };

int cuLaunchKernelEx(const Config* how, void* kernel, void** arguments, void**)
{
    bool early = false;
    for (unsigned i = 0; i < how->count; i++) early |= how->attributes[i].id == 6 && how->attributes[i].value;
    return launch(kernel, how->grid[0], how->block[0], how->shared, how->stream, arguments, early);
}

int cuStreamBeginCapture_v2(void* stream, int) { recording[stream] = new Orders; return 0; }

int cuStreamEndCapture(void* stream, void** graph)
{
    *graph = recorded(stream);
    recording.erase(stream);
    return *graph ? 0 : 1;
}

int cuGraphInstantiateWithFlags(void** ready, void* graph, unsigned long long) { *ready = new Orders(*(Orders*)graph); return 0; }
int cuGraphDestroy(void* graph) { delete (Orders*)graph; return 0; }
int cuGraphExecDestroy(void* ready) { delete (Orders*)ready; return 0; }

int cuGraphLaunch(void* ready, void* stream)
{
    for (Order& o : *(Orders*)ready)
    {
        void* arguments = o.arguments.data();
        if (o.kernel) launch(o.kernel, o.blocks, o.threads, o.shared, stream, &arguments, o.early);
        else if (o.from) memcpy(o.to, o.from, o.bytes);
        else memset(o.to, o.fill, o.bytes);
    }
    return 0;
}

// --- run-time compiler: what it makes is the path of a library ------------------------------------------------------------------------------------

struct Program { string source, library; };

int nvrtcCreateProgram(Program** program, const char* text, const char*, int, void*, void*) { *program = new Program { text }; return 0; }

// A wide access that does not lie as a card wants it stops the program.
int nvrtcCompileProgram(Program* program, int, char**)
{
    const string declared = "extern __shared__ float shared[]", emulated = "float* shared = emulated_shared()", folder = getenv("EMULATOR");
    string& source = program->source;
    for (size_t at; (at = source.find(declared)) != string::npos;) source.replace(at, declared.size(), emulated);
    const string base = folder + "/kernels-" + std::to_string(std::hash<string>()(source));
    program->library = base + ".so";
    FILE* file = fopen((base + ".cpp").c_str(), "w");
    if (!file) return 1;
    fprintf(file, "#include \"%s/prelude.h\"\n%s", folder.c_str(), source.c_str());
    fclose(file);
    return system(("g++ -O2 -std=c++17 -shared -fPIC -w -fsanitize=alignment -fsanitize-undefined-trap-on-error -o " + program->library + " " + base + ".cpp -L" + folder + " -l:libcuda.so.1").c_str()) == 0 ? 0 : 6;
}

int nvrtcGetProgramLogSize(Program*, size_t* bytes) { *bytes = 1; return 0; }
int nvrtcGetProgramLog(Program*, char* text) { *text = 0; return 0; }
int nvrtcGetCUBINSize(Program* program, size_t* bytes) { *bytes = program->library.size() + 1; return 0; }
int nvrtcGetCUBIN(Program* program, char* to) { memcpy(to, program->library.c_str(), program->library.size() + 1); return 0; }
int nvrtcDestroyProgram(Program** program) { delete *program; return 0; }

// --- matrix library: columns first, fp32 or bf16, sums in fp64 ----------------------------------------------------------------------------------------------

int cublasCreate_v2(void** handle) { *handle = (void*)1; return 0; }
int cublasSetStream_v2(void*, void*) { return 0; }
int cublasSetWorkspace_v2(void*, void*, size_t) { return 0; }

// A value of a matrix of type 0 (fp32) or 14 (bf16).
static double value(void* matrix, int type, size_t i)
{
    if (type == 0) return ((float*)matrix)[i];
    uint32_t bits = (uint32_t)((uint16_t*)matrix)[i] << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

int cublasGemmEx(void*, int ta, int tb, int m, int n, int k, float* alpha, void* a, int typeA, int lda, void* b, int typeB, int ldb, float* beta, float* c, int, int ldc, int, int)
{
    for (int col = 0; col < n; col++)
        for (int row = 0; row < m; row++)
        {
            double sum = 0;
            for (int i = 0; i < k; i++) sum += value(a, typeA, ta ? (size_t)row * lda + i : (size_t)i * lda + row) * value(b, typeB, tb ? (size_t)i * ldb + col : (size_t)col * ldb + i);
            float* to = c + (size_t)col * ldc + row;
            *to = (float)(*alpha * sum + (*beta ? *beta * *to : 0));
        }
    return 0;
}

int cublasGemmStridedBatchedEx(void* handle, int ta, int tb, int m, int n, int k, float* alpha, float* a, int typeA, int lda, long long nextA,
    float* b, int typeB, int ldb, long long nextB, float* beta, float* c, int typeC, int ldc, long long nextC, int count, int compute, int algorithm)
{
    for (int i = 0; i < count; i++) cublasGemmEx(handle, ta, tb, m, n, k, alpha, a + i * nextA, typeA, lda, b + i * nextB, typeB, ldb, beta, c + i * nextC, typeC, ldc, compute, algorithm);
    return 0;
}
}
