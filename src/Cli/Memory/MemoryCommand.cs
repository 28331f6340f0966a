using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Training.Memory;

namespace TurkishLlm.Cli.Memory;

/// <summary><c>turkishllm memory PLAN</c></summary>
internal static class MemoryCommand
{
    private const int MeasuredSteps = 3;

    public static Command Create(Display display)
    {
        var file = new Argument<string>("plan") { Description = "Plan to estimate." };
        var set = new Option<string[]>("--set") { Description = PlanFile.SetDescription };
        var device = new Option<string>("--device") { Description = "Device to estimate for (default: the device of the plan)." };
        device.AcceptOnlyFromAmong("cpu", "cuda");
        var limit = new Option<string>("--limit")
        {
            Description = "Available memory, such as 24GB (default: free memory of this machine).",
        };
        var measure = new Option<bool>("--measure")
        {
            Description = "Run three steps on random tokens and compare the estimate with the measured peak (CPU only).",
        };
        var json = JsonOutput.CreateOption();
        var command = new Command("memory", "Estimate the memory that a plan needs, and the largest micro-batch that fits.")
        {
            file, set, device, limit, measure, json,
        };
        command.SetAction(parsed =>
        {
            var plan = PlanFile.Load(parsed.GetRequiredValue(file), parsed.GetValue(set) ?? []);
            var memory = GetDeviceMemory(parsed.GetValue(device) ?? plan.Device.ToString());
            if (parsed.GetValue(measure) && parsed.GetValue(json))
                throw new ConfigurationException("--json is for the estimate; it cannot be combined with --measure.");
            if (parsed.GetValue(measure)) Measure(display, plan, memory);
            else
                Run(
                    display, plan, memory, parsed.GetValue(limit) is { } size ? ByteSize.Parse(size, "--limit") : null,
                    parsed.GetValue(json));
        });
        return command;
    }

    /// <summary>Estimates the memory that a plan needs on this machine.</summary>
    public static MemoryEstimate Forecast(TrainingPlan plan) =>
        MemoryEstimate.Compute(plan, GetDeviceMemory(plan.Device.ToString()), GetShardBytes(plan));

    /// <summary>Returns the memory constants of a device, which this machine does not need to have.</summary>
    private static DeviceMemory GetDeviceMemory(string name) =>
        name.StartsWith("cuda", StringComparison.Ordinal) || (name == "auto" && TorchSharp.torch.cuda.device_count() > 0)
            ? DeviceMemory.Cuda
            : DeviceMemory.Cpu;

    private static void Run(Display display, TrainingPlan plan, DeviceMemory device, long? limit, bool json)
    {
        var (shards, loop) = (GetShardBytes(plan), plan.Training);
        var forecast = MemoryEstimate.Compute(plan, device, shards);
        if (json)
        {
            WriteJson(display, plan, device, limit, forecast);
            display = new Display(TextWriter.Null, display.Program);
        }
        display.WriteHeading(
            Format.Invariant($"{plan.Name} on {device.Name}: {loop.MicroBatchSize} × {loop.SequenceLength} tokens, ")
                + plan.ComputeType.ToString().ToLowerInvariant()
                + (loop.AccumulationSteps > 1 ? Format.Invariant($", {loop.AccumulationSteps} micro-batches") : "")
                + (loop.ActivationCheckpointing == ActivationCheckpointing.Blocks ? ", blocks recomputed" : ""));
        display.WriteTable(["tensors", "loss", "backward", "gradients", "validation"],
            [.. forecast.Parts.Select(part => Row(part.Name, part.GetBytes)), Row("total", forecast.GetBytes)]);
        display.WriteLine();
        WriteParameters(display, plan);
        display.WriteLine();
        display.WriteLine($"peak       {Format.Bytes(forecast.Peak)}: {DescribePeak(forecast)}");
        if (!device.IsMeasured) display.WriteLine($"           calculated; not yet compared with a measurement on {device.Name}");
        if (shards == 0) display.WriteLine($"           without the shards: {Format.RelativePaths(plan.Data.Shards)} has none");

        if (limit is null && device.Name != "cpu")
        {
            display.WriteLine("For the largest micro-batch, give the memory of the device: --limit 80GB.");
            return;
        }
        var room = limit ?? SystemMemory.GetFreeBytes();
        display.WriteLine($"{(limit is null ? "free now " : "limit    ")}  {Format.Bytes(room)}");
        var largest = MemoryEstimate.FindLargestMicroBatch(plan, device, room, shards);
        if (largest == 0)
            throw new ConfigurationException(
                $"Even one row of {Format.Count(loop.SequenceLength)} tokens needs more than {Format.Bytes(room)}. "
                    + (loop.ActivationCheckpointing == ActivationCheckpointing.Blocks
                        ? "Use a smaller model or shorter sequences."
                        : "Use training.activation_checkpointing: blocks, a smaller model or shorter sequences."));
        var fitting = WithMicroBatchSize(plan, largest);
        display.WriteLine(
            $"largest    {Format.Count(largest, "row")} of {Format.Count(loop.SequenceLength)} tokens per "
                + $"micro-batch ({Format.Bytes(MemoryEstimate.Compute(fitting, device, shards).Peak)})");
        if (forecast.Peak <= room) return;
        var same = SplitBatch(plan, largest);
        throw new ConfigurationException(
            $"{plan.Name} needs {Format.Bytes(forecast.Peak)}, but only {Format.Bytes(room)} "
                + $"{(limit is null ? "are free" : "are allowed by --limit")}. Split the batch into smaller micro-batches: "
                + Format.Invariant($"--set training.micro_batch_size={same.MicroBatchSize} ")
                + Format.Invariant($"--set training.accumulation_steps={same.AccumulationSteps}"));
    }

    private static void WriteParameters(Display display, TrainingPlan plan)
    {
        var budget = new ParameterBudget(plan.Model);
        display.WriteTable(
            ["parameters", "number", "share"],
            [
                .. budget.Parts.Select(part => (IReadOnlyList<string>)
                    [part.Name, part.Count == 0 ? "shared" : Format.Count(part.Count), Format.Percent(part.Share)]),
                ["all", Format.Count(plan.Model.ParameterCount), ""],
            ]);
        var length = plan.Model.MaxSeqLen;
        display.WriteLine(
            $"KV cache   {Format.Bytes(budget.CacheBytesPerToken)} per token, "
                + $"{Format.Bytes(budget.CacheBytesPerToken * length)} for {Format.Count(length, "token")}");
    }

    private static void WriteJson(
        Display display, TrainingPlan plan, DeviceMemory device, long? limit, MemoryEstimate forecast)
    {
        long? room = limit ?? (device.Name == "cpu" ? SystemMemory.GetFreeBytes() : null);
        JsonOutput.Write(display.Output, new
        {
            plan.Name,
            Device = device.Name,
            Compute = plan.ComputeType.ToString().ToLowerInvariant(),
            plan.Training.MicroBatchSize,
            plan.Training.SequenceLength,
            PeakBytes = forecast.Peak,
            PeakMoment = forecast.Peak == forecast.Gate ? "gate" : forecast.PeakMoment.ToString().ToLowerInvariant(),
            GateBytes = forecast.Gate,
            AllocatorBytes = forecast.Allocator,
            RuntimeBytes = forecast.Runtime,
            ShardBytes = forecast.Shards,
            TensorBytes = forecast.Parts.ToDictionary(part => part.Name, part => part.GetBytes(forecast.PeakMoment)),
            Parameters = new ParameterBudget(plan.Model).Parts.ToDictionary(part => part.Name, part => part.Count),
            CacheBytesPerToken = new ParameterBudget(plan.Model).CacheBytesPerToken,
            AvailableBytes = room,
            LargestMicroBatch = room is { } bytes
                ? MemoryEstimate.FindLargestMicroBatch(plan, device, bytes, forecast.Shards)
                : (int?)null,
        });
    }

    private static void Measure(Display display, TrainingPlan plan, DeviceMemory device)
    {
        if (device.Name != "cpu") throw new ConfigurationException("--measure works on the CPU only. Add --device cpu.");
        var forecast = MemoryEstimate.Compute(plan, device.WithoutGate).Peak;
        var measured = MemoryMeasurement.MeasurePeak(plan, MeasuredSteps);
        display.WriteLine($"forecast   {Format.Bytes(forecast)} for training steps only, without gate, tokenizer and shards");
        display.WriteLine(
            Format.Invariant($"measured   {Format.Bytes(measured)} after {MeasuredSteps} steps; ")
                + Format.Invariant($"the forecast is {100.0 * forecast / measured - 100:+0.0;-0.0} % off"));
    }

    private static string DescribePeak(MemoryEstimate forecast)
    {
        if (forecast.Peak == forecast.Gate) return "the gate, before the first step";
        var when = forecast.PeakMoment switch
        {
            MemoryMoment.Loss => "in the loss",
            MemoryMoment.Backward => "in the backward pass",
            MemoryMoment.Gradients => "with all gradients",
            _ => "in validation",
        };
        return $"tensors {when} {Format.Bytes(forecast.GetBytes(forecast.PeakMoment))}, allocator "
            + $"{Format.Bytes(forecast.Allocator)}, runtime {Format.Bytes(forecast.Runtime)}"
            + $"{(forecast.Shards > 0 ? $", shards {Format.Bytes(forecast.Shards)}" : "")}";
    }

    private static IReadOnlyList<string> Row(string name, Func<MemoryMoment, long> at) =>
        [name, .. Enum.GetValues<MemoryMoment>().Select(moment => at(moment) == 0 ? "–" : Format.Bytes(at(moment)))];

    private static TrainingPlan WithMicroBatchSize(TrainingPlan plan, int rows) =>
        plan with
        {
            Training = plan.Training with { MicroBatchSize = rows },
        };

    // Keeps the number of rows per step, in micro-batches of equal size.
    private static BatchingPlan SplitBatch(TrainingPlan plan, int largest)
    {
        var all = plan.Training.MicroBatchSize * plan.Training.AccumulationSteps;
        var rows = Enumerable.Range(1, Math.Min(largest, all)).Last(rows => all % rows == 0);
        return plan.Training with { MicroBatchSize = rows, AccumulationSteps = all / rows };
    }

    private static long GetShardBytes(TrainingPlan plan) =>
        Directory.Exists(plan.Data.Shards)
            ? Directory.EnumerateFiles(plan.Data.Shards, "*.tokens").Sum(file => new FileInfo(file).Length)
            : 0;
}
