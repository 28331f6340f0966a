using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using TurkishLlm.Cli.Commands;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Kernels;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>What can make a run slow, impossible or wrong before it has begun: the machine, and what a plan asks of it.</summary>
/// <param name="plan">The plan; null looks at the machine alone.</param>
internal sealed class HealthCheck(TrainingPlan? plan)
{
    // Linux only; elsewhere the files do not exist and the findings say less.
    private const string Driver = "/proc/driver/nvidia/version", HugePages = "/sys/kernel/mm/transparent_hugepage/enabled";

    /// <summary>Every finding, in reading order.</summary>
    public IReadOnlyList<Finding> Run()
    {
        var libtorch = LibTorch();
        List<Finding> findings = [Runtime(), Culture(), libtorch];
        if (libtorch.Kind == FindingKind.Fail) return findings;
        findings.AddRange([Vectors(), BFloat16(), Threads(), Device(), Processes()]);
        if (torch.cuda.device_count() > 0) findings.Add(CudaKernels());
        findings.AddRange([Memory(), Allocator(), Disk()]);
        if (plan is not null) findings.AddRange([RunFolderOf(plan), TokenizerOf(plan), ShardsOf(plan)]);
        return findings;
    }

    private static Finding Runtime()
    {
        var sdk = Answer("dotnet", "--version");
        return new(FindingKind.Ok, ".NET", $"{RuntimeInformation.FrameworkDescription}, {(sdk is null ? "no SDK, which only building needs" : $"SDK {sdk}")}");
    }

    private static Finding Culture() =>
        AppContext.TryGetSwitch("System.Globalization.Invariant", out var invariant) && invariant
            ? new(FindingKind.Ok, "culture", "invariant; Turkish casing is the program's own")
            : new(FindingKind.Warn, "culture", "the system's, not the invariant one", "Unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");

    private static Finding LibTorch()
    {
        try
        {
            TorchLibrary.Load();
            var chosen = Environment.GetEnvironmentVariable("TORCH_DIR") is { Length: > 0 } ? "TORCH_DIR" : "the package";
            return new(FindingKind.Ok, "libtorch", $"{TorchLibrary.Version} of {chosen}, {TorchLibrary.Folder}");
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return new(
                FindingKind.Fail, "libtorch", error.Message, "docs/libtorch.md says which libtorch is used and what it needs.");
        }
    }

    private static Finding Vectors() =>
        NativeEnvironment.WideVectors ? new(FindingKind.Ok, "vectors", "512 bits (AVX-512)")
        : Avx2.IsSupported && Fma.IsSupported ? new(FindingKind.Ok, "vectors", "256 bits (AVX2)")
        : RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? new(FindingKind.Ok, "vectors", "128 bits (NEON)")
        : new(FindingKind.Warn, "vectors", "128 bits; kernels run at a quarter of their speed", "Use a processor with AVX2.");

    private Finding BFloat16()
    {
        if (ProcessorFeatures.BFloat16() is { } feature) return new(FindingKind.Ok, "bfloat16", $"in hardware ({feature})");
        return plan is { ComputeType: ComputeType.BFloat16 } && !IsCuda
            ? new(FindingKind.Warn, "bfloat16", "emulated, but the plan computes in it", "Use compute: float32, which is faster here.")
            : new(FindingKind.Ok, "bfloat16", "emulated on this processor; float32 is faster");
    }

    private Finding Threads()
    {
        var found = Show.Count(Environment.ProcessorCount, "processor");
        if (plan is { Threads: var wanted } && wanted > Environment.ProcessorCount)
            return new(FindingKind.Warn, "threads", Show.Text($"{found}, but the plan wants {wanted} threads"), Show.Text($"Use threads: 0 or at most {Environment.ProcessorCount}: more of them wait for one another."));
        return Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 } limited
            ? new(FindingKind.Warn, "threads", $"{found}; OMP_NUM_THREADS is {limited}", "Unset OMP_NUM_THREADS, and use threads: in the plan.")
            : new(FindingKind.Ok, "threads", found);
    }

    private Finding Device()
    {
        var count = torch.cuda.device_count();
        var driver = File.Exists(Driver) ? File.ReadLines(Driver).First().Split("  ", StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1)?.Trim() : null;
        var found = count > 0 ? $"cpu and {Show.Count(count, "CUDA device")}{(driver is null ? "" : $", driver {driver}")}" : "cpu";
        if (plan is not null && Finding.Of("device", () => TrainingDevice.Resolve(plan.Device).ToString()) is { Kind: FindingKind.Fail } wrong)
            return count == 0 && driver is not null ? UnseenDevice(driver) with { Kind = FindingKind.Fail } : wrong;
        return count == 0 && driver is not null
            ? UnseenDevice(driver)
            : new(FindingKind.Ok, "device", plan is null ? found : $"{found}; the plan runs on {TrainingDevice.Resolve(plan.Device)}");
    }

    private static Finding UnseenDevice(string driver) => LoadedLibraries.Find("libtorch_cuda") is { } cuda
        ? new(FindingKind.Warn, "device", $"cpu; there is an NVIDIA driver ({driver}), but {cuda} sees no device",
            "The driver may be too old for this libtorch: nvidia-smi names the newest CUDA that it serves. CUDA_VISIBLE_DEVICES may hide the device.")
        : new(FindingKind.Warn, "device", $"cpu; there is an NVIDIA driver ({driver}), but this libtorch is built without CUDA",
            "Set TORCH_DIR to the folder of a libtorch with CUDA, or build with -p:Device=cuda; docs/libtorch.md says how.");

    // Never a failure: a run in one process needs none of it.
    private Finding Processes()
    {
        // Where there is no device, TorchSharp refuses to name one.
        var onDevices = IsCuda && torch.cuda.device_count() > 0;
        var where = onDevices ? "CUDA devices" : "CPUs";
        return new(FindingKind.Ok, "processes", ProcessGroup.Missing(onDevices ? DeviceType.CUDA : DeviceType.CPU) is { } missing
            ? $"one; several on {where} are not available: {missing}"
            : $"one or several on {where}");
    }

    // On every device: a plan names one later.
    private static Finding CudaKernels()
    {
        try
        {
            for (var index = 0; index < torch.cuda.device_count(); index++) FusedOperators.CompileForCuda(index);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or InvalidOperationException)
        {
            return new(FindingKind.Fail, "CUDA kernels", error.Message, "Point TORCH_DIR at a libtorch built for the CUDA version of this device and its driver.");
        }
        return FusedOperators.DeterminismMissing is { } missing
            ? new(FindingKind.Warn, "CUDA kernels", $"compiled; {missing}")
            : new(FindingKind.Ok, "CUDA kernels", "compiled; operators give the same bits every time");
    }

    private Finding Memory()
    {
        var free = MachineMemory.Free();
        if (plan is null || IsCuda) return new(FindingKind.Ok, "memory", $"{Show.Bytes(free)} free");
        var peak = MemoryCommand.Forecast(plan).Peak;
        var found = $"{Show.Bytes(free)} free, the plan needs about {Show.Bytes(peak)}";
        return peak > free ? new(FindingKind.Fail, "memory", found, "`turkishllm memory PLAN` says which micro-batch fits.")
            : peak > 0.85 * free ? new(FindingKind.Warn, "memory", found, "Little is left for anything else; a smaller micro-batch is safer.")
            : new(FindingKind.Ok, "memory", found);
    }

    private static Finding Allocator()
    {
        if (!OperatingSystem.IsLinux()) return new(FindingKind.Ok, "allocator", "the system's");
        if (Environment.GetEnvironmentVariable("LD_PRELOAD") is { Length: > 0 } other)
        {
            return new(FindingKind.Warn, "allocator", $"LD_PRELOAD loads {other}, so glibc's settings may have no effect",
                "Unset LD_PRELOAD unless you measured that it helps.");
        }
        if (!NativeEnvironment.KeepsFreedMemory)
        {
            return new(
                FindingKind.Warn, "allocator", "returns freed memory at once (TURKISHLLM_MEMORY=system): every step is slower",
                "Unset TURKISHLLM_MEMORY.");
        }
        return File.Exists(HugePages) && File.ReadAllText(HugePages).Contains("[never]", StringComparison.Ordinal)
            ? new(
                FindingKind.Warn, "allocator", "freed memory stays with the process, but huge pages are disabled",
                $"As root: echo madvise > {HugePages}")
            : new(FindingKind.Ok, "allocator", "freed memory stays with the process");
    }

    private Finding Disk()
    {
        var folder = Path.GetFullPath(plan?.RunFolder ?? Directory.GetCurrentDirectory());
        var there = folder;
        while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { } above) there = above;
        var free = new DriveInfo(there).AvailableFreeSpace;
        var found = $"{Show.Bytes(free)} free for {Show.RelativePaths(folder)}";
        if (plan is null) return new(FindingKind.Ok, "disk", found);

        var checkpoint = CheckpointSpace.SizeOf(plan.TrainedCount);
        var most = plan.Checkpoints.KeepLast + 1 + (plan.Checkpoints.KeepBest ? 1 : 0);      // one is written before another is deleted
        found += $", a checkpoint takes {Show.Bytes(checkpoint)}";
        return free < 2 * checkpoint ? new(FindingKind.Fail, "disk", found, "Make room, or choose another disk with run: in the plan.")
            : free < most * checkpoint ? new(FindingKind.Warn, "disk", found, Show.Text($"Up to {most} are there at once: make room for {Show.Bytes(most * checkpoint)}, or keep fewer with checkpoints.keep_last."))
            : new(FindingKind.Ok, "disk", found);
    }

    private static Finding RunFolderOf(TrainingPlan plan) => Finding.Of("run folder", () =>
    {
        var folder = RunFolder.Check(plan, resume: true);
        return $"{Show.RelativePaths(plan.RunFolder)} can be written to{(folder.LatestCheckpointStep() is { } step ? $"; holds a run that has reached step {Show.Count(step)}" : "")}";
    });

    private static Finding TokenizerOf(TrainingPlan plan) => Finding.Of("tokenizer", () =>
    {
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        ModelFolder.RequireTokenizer(tokenizer, plan.Data.Tokenizer, plan.Model);
        return $"{Show.Count(tokenizer.VocabularySize)} tokens in {Show.RelativePaths(plan.Data.Tokenizer)}";
    });

    private static Finding ShardsOf(TrainingPlan plan) => Finding.Of("shards", () =>
    {
        using var data = TokenDataset.Open(plan.Data.Shards);
        if (File.Exists(Path.Combine(plan.Data.Tokenizer, "tokenizer.json"))) data.RequireTokenizer(Tokenizer.Load(plan.Data.Tokenizer).Hash);
        return $"{Show.Count(data.Train.Count)} tokens to learn from, {Show.Count(data.Validation.Count)} for validation in {Show.RelativePaths(plan.Data.Shards)}";
    });

    private bool IsCuda => plan is { Device.Kind: DeviceKind.Cuda } || (plan is { Device.Kind: DeviceKind.Auto } && torch.cuda.device_count() > 0);

    private static string? Answer(params string[] words)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var line = process.StandardOutput.ReadLine();
            return process.WaitForExit(TimeSpan.FromSeconds(20)) && process.ExitCode == 0 ? line : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
