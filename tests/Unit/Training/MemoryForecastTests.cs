using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training.Memory;

namespace TurkishLlm.Tests.Unit.Training;

public sealed class MemoryForecastTests
{
    private const long MB = 1_000_000;

    // Peaks of `turkishllm train` after four steps, gate included, on two cores with libtorch 2.10 and glibc 2.36.
    [Theory]
    [InlineData(4, 512, ComputeType.Float32, 1510)]
    [InlineData(4, 512, ComputeType.BFloat16, 1492)]
    [InlineData(1, 2048, ComputeType.Float32, 1531)]
    [InlineData(1, 2048, ComputeType.BFloat16, 1486)]
    public void Is_within_fifteen_percent_of_what_v1_needed(int rows, int length, ComputeType compute, long megabytes) =>
        (Of(ModelConfig.V1, rows, length, compute).Peak / (double)(megabytes * MB)).Should().BeInRange(0.85, 1.15);

    [Fact]
    public void Is_within_fifteen_percent_of_what_the_toy_needed_which_is_the_gate()
    {
        var forecast = Of(ModelConfig.Toy(2048), 8, 128);
        (forecast.Peak / (594.0 * MB)).Should().BeInRange(0.85, 1.15);
        forecast.Peak.Should().Be(forecast.Gate);
    }

    [Fact]
    public void Counts_weights_moments_and_gradients()
    {
        var parts = Of(ModelConfig.V1, 4, 512).Parts.ToDictionary(part => part.Name);
        const long weights = 4 * 24_697_088;
        parts["weights"].Should().Be(new MemoryPart("weights", weights, weights, weights, weights));
        parts["moments"].Loss.Should().Be(2 * weights);
        parts["gradients"]
            .Should()
            .Be(new MemoryPart("gradients", 0, 0, weights, 0), "one micro-batch has none before its backward pass");
        parts.Should().NotContainKeys("dropout masks", "rounded weights");
    }

    // Per token: two norms per layer and the final one save the stream and one more number.
    [Fact]
    public void Counts_what_operators_keep_for_the_backward_pass()
    {
        var config = new ModelConfig(300, dModel: 32, nLayers: 3, nHeads: 4, nKvHeads: 2, dFf: 56, maxSeqLen: 16);
        const long tokens = 5 * 16;
        var exact = Of(config, 5, 16).Parts.ToDictionary(part => part.Name);
        exact["stream and norms"].Loss.Should().Be(4 * tokens * (2 * 3 + 1) * 33);
        exact["attention"]
            .Loss.Should()
            .Be(4 * tokens * 3 * (32 + 32 + 16 + 16 + 32 + 4), "input, queries, keys, values, mixture and log-sums");
        exact["feed-forward"].Loss.Should().Be(4 * tokens * 3 * (32 + 56 + 56), "input, gate and up");
        exact["logits"].Loss.Should().Be(4 * tokens * (300 + 32));

        var rounded = Of(config, 5, 16, ComputeType.BFloat16).Parts.ToDictionary(part => part.Name);
        rounded["attention"].Loss.Should().Be(tokens * 3 * (2 * 32 + 4 * (32 + 16 + 16 + 32 + 4) + 2 * 32));
        rounded["feed-forward"].Loss.Should().Be(tokens * 3 * (2 * 32 + 4 * (56 + 56)));
        rounded["rounded weights"].Loss.Should().Be(2 * 3 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 56));
    }

    [Fact]
    public void A_device_keeps_scores_in_float32_alone_and_wider_heads_in_bfloat16()
    {
        var plan = Plan(ModelConfig.V1, 4, 512);
        const long tokens = 4 * 512, scores = 4L * tokens * 8 * 512 * 12;
        Attention(plan, DeviceMemory.Cuda).Should().BeGreaterThan(scores);
        Attention(plan with { ComputeType = ComputeType.BFloat16 }, DeviceMemory.Cuda).Should()
            .Be(12 * tokens * (2 * 256 + 2 * (2 * 8 * 40 + 2 * 2 * 40) + 4 * 8 + 2 * 256));

        static long Attention(TrainingPlan plan, DeviceMemory device) =>
            MemoryEstimate.Compute(plan, device).Parts.Single(part => part.Name == "attention").Loss;
    }

    [Fact]
    public void Dropout_keeps_masks_and_accumulation_gradients()
    {
        var once = Of(ModelConfig.V1, 4, 512);
        var dropped = Of(ModelConfig.V1.With(dropout: 0.1), 4, 512);
        (dropped.GetBytes(MemoryMoment.Loss) - once.GetBytes(MemoryMoment.Loss)).Should().Be(25L * 2048 * 256 * 4);
        var twice = MemoryEstimate.Compute(
            Plan(ModelConfig.V1, 4, 512) with
            {
                Training = new BatchingPlan(10, 4, 512, AccumulationSteps: 2),
            },
            DeviceMemory.Cpu);
        (twice.GetBytes(MemoryMoment.Loss) - once.GetBytes(MemoryMoment.Loss)).Should().Be(4 * 24_697_088 + 2 * 8 * 2048);
    }

    [Fact]
    public void Recomputed_blocks_keep_the_stream_between_them_and_one_block_in_its_backward_pass()
    {
        var plan = Plan(new ModelConfig(300, dModel: 32, nLayers: 3, nHeads: 4, nKvHeads: 2, dFf: 56, maxSeqLen: 16), 5, 16);
        plan = plan with { Training = plan.Training with { ActivationCheckpointing = ActivationCheckpointing.Blocks } };
        const long tokens = 5 * 16;
        var parts = MemoryEstimate.Compute(plan, DeviceMemory.Cpu).Parts.ToDictionary(part => part.Name);
        parts["stream and norms"].Loss.Should().Be(4 * tokens * 4 * 32, "the input of every block, and the last output");
        parts["attention"].Should().Be(new MemoryPart("attention", 0, 4 * tokens * (32 + 32 + 16 + 16 + 32 + 4), 0, 0));
        parts["feed-forward"].Should().Be(new MemoryPart("feed-forward", 0, 4 * tokens * (32 + 56 + 56), 0, 0));
    }

    [Fact]
    public void Counts_the_average_and_one_momentum_of_muon()
    {
        var plan = Plan(ModelConfig.V1, 4, 512);
        const long weights = 4 * 24_697_088, matrices = 4L * 12 * (2 * 256 * 256 + 2 * 64 * 256 + 3 * 256 * 688);
        var averaged = plan with { Training = plan.Training with { Ema = new EmaPlan() } };
        MemoryEstimate.Compute(averaged, DeviceMemory.Cpu).Parts.Single(part => part.Name == "average")
            .Should().Be(new MemoryPart("average", weights, weights, weights, weights));
        var muon = plan with { Optimizer = plan.Optimizer with { Kind = OptimizerKind.Muon } };
        MemoryEstimate.Compute(muon, DeviceMemory.Cpu).Parts.Single(part => part.Name == "moments").Loss
            .Should().Be(2 * weights - matrices);
    }

    [Theory]
    [InlineData(ComputeType.Float32, 3_200)]
    [InlineData(ComputeType.BFloat16, 24_000)]
    public void Finds_the_largest_micro_batch_that_fits(ComputeType compute, long megabytes)
    {
        var plan = Plan(ModelConfig.V1, 4, 512, compute);
        var rows = MemoryEstimate.FindLargestMicroBatch(plan, DeviceMemory.Cpu, megabytes * MB);
        rows.Should().BeGreaterThan(20);
        Of(ModelConfig.V1, rows, 512, compute).Peak.Should().BeLessThanOrEqualTo(megabytes * MB);
        Of(ModelConfig.V1, rows + 1, 512, compute).Peak.Should().BeGreaterThan(megabytes * MB);
        MemoryEstimate.FindLargestMicroBatch(plan, DeviceMemory.Cpu, 400 * MB).Should().Be(0);
    }

    [Fact]
    public void Shards_count_as_far_as_they_will_have_been_looked_at()
    {
        var plan = Plan(ModelConfig.V1, 4, 512);
        MemoryEstimate
            .Compute(plan with { Training = plan.Training with { Steps = 10 } }, DeviceMemory.Cpu, 200 * MB)
            .Shards.Should()
            .BeInRange(2 * MB, 4 * MB);
        MemoryEstimate
            .Compute(plan with { Training = plan.Training with { Steps = 50_000 } }, DeviceMemory.Cpu, 200 * MB)
            .Shards.Should()
            .BeInRange(199 * MB, 200 * MB);
        MemoryEstimate.Compute(plan, DeviceMemory.Cuda, 200 * MB).Shards.Should().Be(0, "they are not on the device");
    }

    [Theory]
    [InlineData("0::/job/7", "job/7/memory.max", "job/7/memory.current", "job/7/memory.stat", 700)]
    [InlineData(
        "4:memory:/job/7", "memory/job/7/memory.limit_in_bytes", "memory/job/7/memory.usage_in_bytes", "memory/job/7/memory.stat",
        700)]
    [InlineData("0::/job/7", "job/memory.max", "job/memory.current", "job/memory.stat", 700)]
    [InlineData("0::/other", "job/memory.max", "job/memory.current", "job/memory.stat", 2048)]
    [InlineData("3:cpu,cpuacct:/job", "job/memory.max", "job/memory.current", "job/memory.stat", 2048)]
    public void Free_memory_ends_at_the_limit_of_the_container(
        string group, string max, string current, string stat, long kilobytes)
    {
        using var folder = new TemporaryFolder();
        Write("proc/meminfo", "MemTotal: 9000 kB\nMemAvailable:    2048 kB\n");
        Write("proc/self/cgroup", $"9:name=systemd:/\n{group}\n");
        Write($"groups/{max}", $"{1000 * 1024}\n");
        Write($"groups/{current}", $"{400 * 1024}\n");
        Write($"groups/{stat}", $"active_file 1\ninactive_file {100 * 1024}\n");
        SystemMemory.GetFreeBytes(folder / "proc", folder / "groups").Should().Be(kilobytes * 1024);

        Write($"groups/{max}", "max\n");
        SystemMemory.GetFreeBytes(folder / "proc", folder / "groups").Should().Be(2048 * 1024, "there is no limit");

        void Write(string name, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder / name)!);
            File.WriteAllText(folder / name, text);
        }
    }

    [Fact]
    public void Free_memory_is_what_the_runtime_sees_where_there_is_no_proc()
    {
        using var folder = new TemporaryFolder();
        var total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        SystemMemory.GetFreeBytes(folder / "proc", folder / "groups").Should().BePositive()
            .And.BeLessThan(total, "this process itself takes some");
    }

    private static MemoryEstimate Of(ModelConfig config, int rows, int length, ComputeType compute = ComputeType.Float32) =>
        MemoryEstimate.Compute(Plan(config, rows, length, compute), DeviceMemory.Cpu);

    private static TrainingPlan Plan(ModelConfig config, int rows, int length, ComputeType compute = ComputeType.Float32) =>
        ReferenceRun.Plan with
    {
        Model = config.With(maxSeqLen: length),
        Training = new BatchingPlan(Steps: 4, rows, length),
        ComputeType = compute,
    };
}
