using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using TurkishLlm.Cli.Memory;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Files;
using TurkishLlm.Kernels;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Memory;

namespace TurkishLlm.Cli.Doctor;

/// <summary>Checks the machine, and whether it meets the requirements of a plan, before a run starts.</summary>
/// <param name="plan">The plan; null to check the machine only.</param>
internal sealed class HealthCheck(TrainingPlan? plan)
{
    // Linux only; elsewhere the files do not exist and the findings say less.
    private const string Driver = "/proc/driver/nvidia/version", HugePages = "/sys/kernel/mm/transparent_hugepage/enabled";

    /// <summary>Runs all checks and returns the findings in display order.</summary>
    public IReadOnlyList<Finding> Run()
    {
        var libtorch = CheckLibtorch();
        List<Finding> findings = [CheckRuntime(), CheckCulture(), libtorch];
        if (libtorch.Severity == FindingSeverity.Fail) return findings;
        findings.AddRange([CheckVectors(), CheckBFloat16(), CheckThreads(), CheckDevice(), CheckProcesses()]);
        if (torch.cuda.device_count() > 0) findings.Add(CheckCudaKernels());
        findings.AddRange([CheckMemory(), CheckAllocator(), CheckDisk()]);
        if (plan is not null)
            findings.AddRange([DescribeModel(plan), CheckRunFolder(plan), CheckTokenizer(plan), CheckShards(plan)]);
        if (plan?.Sft is { } sft) findings.Add(CheckConversations(plan, sft));
        return findings;
    }

    private static Finding CheckRuntime()
    {
        var sdk = TryRunCommand("dotnet", "--version");
        var description = sdk is null ? "no SDK (needed only for building)" : $"SDK {sdk}";
        return new(FindingSeverity.Ok, ".NET", $"{RuntimeInformation.FrameworkDescription}, {description}");
    }

    private static Finding CheckCulture() =>
        AppContext.TryGetSwitch("System.Globalization.Invariant", out var invariant) && invariant
            ? new(FindingSeverity.Ok, "culture", "invariant; the program implements Turkish casing itself")
            : new(
                FindingSeverity.Warn, "culture", "culture of the system instead of the invariant culture",
                "Unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");

    private static Finding CheckLibtorch()
    {
        try
        {
            TorchLibrary.Load();
            var chosen = Environment.GetEnvironmentVariable("TORCH_DIR") is { Length: > 0 } ? "TORCH_DIR" : "the package";
            return new(FindingSeverity.Ok, "libtorch", $"{TorchLibrary.Version} of {chosen}, {TorchLibrary.Folder}");
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return new(
                FindingSeverity.Fail,
                "libtorch", error.Message, "See docs/libtorch.md for the libtorch that is used and its requirements.");
        }
    }

    private static Finding CheckVectors() =>
        NativeEnvironment.HasAvx512 ? new(FindingSeverity.Ok, "vectors", "512 bits (AVX-512)")
        : Avx2.IsSupported && Fma.IsSupported ? new(FindingSeverity.Ok, "vectors", "256 bits (AVX2)")
        : RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? new(FindingSeverity.Ok, "vectors", "128 bits (NEON)")
        : new(
            FindingSeverity.Warn, "vectors", "128 bits; kernels run at a quarter of the usual speed",
            "Use a processor with AVX2.");

    private Finding CheckBFloat16()
    {
        if (ProcessorFeatures.FindBFloat16() is { } feature)
            return new(FindingSeverity.Ok, "bfloat16", $"in hardware ({feature})");
        return plan is { ComputeType: ComputeType.BFloat16 } && !IsCuda
            ? new(
                FindingSeverity.Warn, "bfloat16", "emulated, but the plan computes in bfloat16",
                "Use compute_dtype: float32, which is faster on this processor.")
            : new(FindingSeverity.Ok, "bfloat16", "emulated on this processor; float32 is faster");
    }

    private Finding CheckThreads()
    {
        var found = Format.Count(Environment.ProcessorCount, "processor");
        if (plan is { Threads: var wanted } && wanted > Environment.ProcessorCount)
            return new(
                FindingSeverity.Warn, "threads", $"{found}, but the plan asks for {Format.Count(wanted, "thread")}",
                Format.Invariant($"Use threads: 0 or at most {Environment.ProcessorCount}; more threads slow each other down."));
        return Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 } limited
            ? new(
                FindingSeverity.Warn, "threads", $"{found}; OMP_NUM_THREADS is {limited}",
                "Unset OMP_NUM_THREADS and set threads: in the plan.")
            : new(FindingSeverity.Ok, "threads", found);
    }

    private Finding CheckDevice()
    {
        var count = torch.cuda.device_count();
        var driver = File.Exists(Driver)
            ? TextFile.ReadLines(Driver).First().Split("  ", StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1)?.Trim()
            : null;
        var found =
            count > 0 ? $"cpu and {Format.Count(count, "CUDA device")}{(driver is null ? "" : $", driver {driver}")}" : "cpu";
        if (
            plan is not null
            && Finding.Check("device", () => TrainingDevice.Resolve(plan).ToString())
                is { Severity: FindingSeverity.Fail } wrong)
            return count == 0 && driver is not null
                ? DescribeInvisibleDevice(driver) with
                {
                    Severity = FindingSeverity.Fail,
                }
                : wrong;
        return count == 0 && driver is not null
            ? DescribeInvisibleDevice(driver)
            : new(
                FindingSeverity.Ok, "device",
                plan is null ? found : $"{found}; the plan runs on {TrainingDevice.Resolve(plan.Device)}");
    }

    private static Finding DescribeInvisibleDevice(string driver) => LoadedLibraries.Find("libtorch_cuda") is { } cuda
        ? new(FindingSeverity.Warn, "device", $"cpu; there is an NVIDIA driver ({driver}), but {cuda} finds no device",
            "The driver may be too old for this libtorch (nvidia-smi shows the newest CUDA version that it "
                + "supports), or CUDA_VISIBLE_DEVICES hides the device.")
        : new(
            FindingSeverity.Warn, "device", $"cpu; there is an NVIDIA driver ({driver}), but this libtorch is built without CUDA",
            "Set TORCH_DIR to the folder of a libtorch with CUDA, or build with -p:Device=cuda; see docs/libtorch.md.");

    // Never a failure: a single-process run does not need a process group.
    private Finding CheckProcesses()
    {
        // TorchSharp throws for a CUDA device that does not exist.
        var onDevices = IsCuda && torch.cuda.device_count() > 0;
        var where = onDevices ? "CUDA devices" : "CPUs";
        return new(
            FindingSeverity.Ok, "processes",
            ProcessGroup.GetUnavailableReason(onDevices ? DeviceType.CUDA : DeviceType.CPU) is { } missing
            ? $"one; multiple processes on {where} are not available: {missing}"
            : $"one or more on {where}");
    }

    // On every device, since plans may use any of them.
    private static Finding CheckCudaKernels()
    {
        try
        {
            for (var index = 0; index < torch.cuda.device_count(); index++) FusedOperators.CompileForCuda(index);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or InvalidOperationException)
        {
            return new(
                FindingSeverity.Fail, "CUDA kernels", error.Message,
                "Set TORCH_DIR to a libtorch that is built for the CUDA version of this device and its driver.");
        }
        return FusedOperators.DeterminismUnavailableReason is { } missing
            ? new(FindingSeverity.Warn, "CUDA kernels", $"compiled; {missing}")
            : new(FindingSeverity.Ok, "CUDA kernels", "compiled; operators are deterministic (bitwise)");
    }

    private Finding CheckMemory()
    {
        var free = SystemMemory.GetFreeBytes();
        if (plan is null || IsCuda) return new(FindingSeverity.Ok, "memory", $"{Format.Bytes(free)} free");
        var peak = MemoryCommand.Forecast(plan).Peak;
        var found = $"{Format.Bytes(free)} free, the plan needs about {Format.Bytes(peak)}";
        return peak > free
                ? new(
                    FindingSeverity.Fail, "memory", found,
                    "Run `turkishllm memory PLAN` to find the largest micro-batch that fits.")
            : peak > 0.85 * free
                ? new(
                    FindingSeverity.Warn, "memory", found,
                    "Little memory is left for other processes; use a smaller micro-batch.")
            : new(FindingSeverity.Ok, "memory", found);
    }

    private static Finding CheckAllocator()
    {
        if (!OperatingSystem.IsLinux()) return new(FindingSeverity.Ok, "allocator", "system default");
        if (Environment.GetEnvironmentVariable("LD_PRELOAD") is { Length: > 0 } other)
        {
            return new(FindingSeverity.Warn, "allocator", $"LD_PRELOAD loads {other}, so glibc's settings may have no effect",
                "Unset LD_PRELOAD unless you measured that it helps.");
        }
        if (!NativeEnvironment.IsFreedMemoryRetained)
        {
            return new(
                FindingSeverity.Warn,
                "allocator", "returns freed memory at once (TURKISHLLM_MEMORY=system): every step is slower",
                "Unset TURKISHLLM_MEMORY.");
        }
        return File.Exists(HugePages) && TextFile.ReadAllText(HugePages).Contains("[never]", StringComparison.Ordinal)
            ? new(
                FindingSeverity.Warn, "allocator", "freed memory stays with the process, but huge pages are disabled",
                $"As root: echo madvise > {HugePages}")
            : new(FindingSeverity.Ok, "allocator", "freed memory stays with the process");
    }

    private Finding CheckDisk()
    {
        var folder = Path.GetFullPath(plan?.RunFolder ?? Directory.GetCurrentDirectory());
        var there = folder;
        while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { } above) there = above;
        var free = new DriveInfo(there).AvailableFreeSpace;
        var found = $"{Format.Bytes(free)} free for {Format.RelativePaths(folder)}";
        if (plan is null) return new(FindingSeverity.Ok, "disk", found);

        var checkpoint = CheckpointDiskSpace.EstimateSize(plan);
        // One more checkpoint is written before an old one is deleted.
        var maximum = plan.Checkpoints.KeepLast + 1 + (plan.Checkpoints.KeepBest ? 1 : 0);
        found += $"; a checkpoint needs {Format.Bytes(checkpoint)}";
        return free < 2 * checkpoint
                ? new(FindingSeverity.Fail, "disk", found, "Free disk space, or choose another disk with run: in the plan.")
            : free < maximum * checkpoint
                ? new(
                    FindingSeverity.Warn, "disk", found,
                    $"Up to {Format.Count(maximum, "checkpoint")} at a time: free {Format.Bytes(maximum * checkpoint)}, "
                        + "or keep fewer with checkpoints.keep_last.")
            : new(FindingSeverity.Ok, "disk", found);
    }

    private static Finding DescribeModel(TrainingPlan plan)
    {
        var budget = new ParameterBudget(plan.Model);
        var shares = budget.Parts.Where(part => part.Count > 0).Select(part => $"{part.Name} {Format.Percent(part.Share)}");
        return new(
            FindingSeverity.Ok, "model",
            $"{Format.Count(plan.Model.ParameterCount)} parameters ({string.Join(", ", shares)}); the KV cache takes "
                + $"{Format.Bytes(budget.CacheBytesPerToken)} per token");
    }

    private static Finding CheckRunFolder(TrainingPlan plan) => Finding.Check("run folder", () =>
    {
        var folder = RunFolder.Check(plan, resume: true);
        return $"{Format.RelativePaths(plan.RunFolder)} is writable"
            + $"{(folder.LatestCheckpointStep() is { } step ? $"; contains a run at step {Format.Count(step)}" : "")}";
    });

    private static Finding CheckTokenizer(TrainingPlan plan) => Finding.Check("tokenizer", () =>
    {
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        ExportedModel.RequireTokenizer(tokenizer, plan.Data.Tokenizer, plan.Model);
        return $"{Format.Count(tokenizer.VocabularySize)} tokens in {Format.RelativePaths(plan.Data.Tokenizer)}";
    });

    private static Finding CheckShards(TrainingPlan plan) => Finding.Check("shards", () =>
    {
        using var data = TokenDataset.Open(plan.Data.Shards);
        if (File.Exists(Path.Combine(plan.Data.Tokenizer, "tokenizer.json")))
            data.RequireTokenizer(Tokenizer.Load(plan.Data.Tokenizer).Hash);
        return $"{Format.Count(data.Train.Count)} training tokens, {Format.Count(data.Validation.Count)} validation "
            + $"tokens in {Format.RelativePaths(plan.Data.Shards)}";
    });

    private static Finding CheckConversations(TrainingPlan plan, SftPlan sft)
    {
        List<string> notes = [];
        var finding = Finding.Check("conversations", () =>
        {
            var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
            var data = SftDataset.Open(new ChatTemplate(tokenizer, sft.System, sft.ChatTemplate), tokenizer, sft.ToOptions(plan));
            notes.AddRange(data.Report.Concat(data.ValidationReport).SelectMany(file => file.Notes));
            return $"{Format.Count(data.Train.Count, "training example")}, "
                + Format.Count(data.Validation.Count, "validation example");
        });
        return notes.Count == 0
            ? finding
            : finding with
            {
                Severity = FindingSeverity.Warn,
                Message = $"{finding.Message}; {string.Join("; ", notes)}",
                Fix = "See which rows are used with: turkishllm data report PLAN",
            };
    }

    private bool IsCuda =>
        plan is { Device.Kind: DeviceKind.Cuda } || (plan is { Device.Kind: DeviceKind.Auto } && torch.cuda.device_count() > 0);

    private static string? TryRunCommand(params string[] words)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var line = process.StandardOutput.ReadLine();
            return process.WaitForExit(TimeSpan.FromSeconds(20)) && process.ExitCode == 0 ? line : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
