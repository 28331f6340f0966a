using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels.Cpu;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>
/// The specification with NaN in all new memory: a value that is read before it is written is otherwise zero by luck.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed unsafe class UninitializedMemoryTests
{
    private static readonly string[] Layers = ["RMSNorm", "ALiBi", "Attention", "SwiGLU", "Block", "Kernels", "Model"],
        Steps = ["Training", "LoRA", "Preferences"];

    private static readonly Dictionary<ComputeType, Lazy<RunConditions>> ByType = Enum.GetValues<ComputeType>().ToDictionary(
        type => type, type => new Lazy<RunConditions>(() => new RunConditions(ReferenceRun.Plan with { ComputeType = type })));

    public static TheoryData<string, ComputeType> Areas() =>
        [
            .. Layers.Select(area => (area, ComputeType.BFloat16)),
            .. Steps.SelectMany(area => Enum.GetValues<ComputeType>().Select(type => (area, type))),
        ];

    public static TheoryData<string> FastAreas() => [.. Layers];

    [Fact, Trait("Suite", "Fast")]
    public void New_memory_is_filled_until_the_end_of_the_scope()
    {
        Assert.SkipWhen(UninitializedMemory.UnavailableReason is not null, UninitializedMemory.UnavailableReason ?? "");
        using var scope = NewDisposeScope();
        var (large, small) = ((int)HugePageAllocator.MinSize / sizeof(float) + 5, 7);
        using (UninitializedMemory.FillWithNaN())
        {
            AllAreNaN(empty([3, small])).Should().BeTrue();
            AllAreNaN(empty([3, small], bfloat16)).Should().BeTrue();
            AllAreNaN(empty_like(ones([large]))).Should().BeTrue();
            AllAreNaN(OutputTensor.Empty([small])).Should().BeTrue();
            AllAreNaN(OutputTensor.Empty([large])).Should().BeTrue();
            AllAreNaN(OutputTensor.Empty([2 * large], ScalarType.BFloat16)).Should().BeTrue();
            foreach (var length in new[] { small, large })
            {
                using var buffer = new NativeBuffer<float>(length);
                new ReadOnlySpan<float>(buffer.Pointer, length).ToArray().Should().OnlyContain(x => float.IsNaN(x));
                for (var use = 0; use < 2; use++)
                {
                    var scratch = new Span<float>(Scratch.GetBuffer<float>(0, length), length);
                    scratch.ToArray().Should().OnlyContain(x => float.IsNaN(x));
                    scratch.Clear();
                }
            }
        }
        DeterministicAlgorithms.IsEnabled.Should().BeFalse();
        new Span<float>(Scratch.GetBuffer<float>(0, small), small).Clear();
        new ReadOnlySpan<float>(Scratch.GetBuffer<float>(0, small), small).ToArray().Should().OnlyContain(x => x == 0);
    }

    [Theory, MemberData(nameof(FastAreas)), Trait("Suite", "Fast")]
    public void Layers_and_losses_hold_with_NaN_in_new_memory(string area) => Judge(area, ComputeType.Float32);

    [Theory, MemberData(nameof(Areas))]
    public void Steps_and_bfloat16_hold_with_NaN_in_new_memory(string area, ComputeType type) => Judge(area, type);

    private static void Judge(string area, ComputeType type)
    {
        Assert.SkipWhen(UninitializedMemory.UnavailableReason is not null, UninitializedMemory.UnavailableReason ?? "");
        var at = ByType[type].Value;
        using var filled = UninitializedMemory.FillWithNaN();
        foreach (var requirement in RequirementCatalog.Areas.Single(other => other.Area == area).Requirements)
            for (var i = 0; i < requirement.CaseNames.Count; i++)
            {
                var verdict = requirement.Judge(i, at);
                verdict.Holds.Should().BeTrue("{0} {1}: {2}", requirement, requirement.CaseNames[i], verdict.Evidence);
            }
    }

    private static bool AllAreNaN(Tensor x) => x.isnan().all().ToBoolean();
}
