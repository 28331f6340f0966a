using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Decoders;
using TurkishLlm.Specification.Xunit;
using Xunit;

// libtorch has one random generator per process.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace MySpec;

/// <summary>The specification of the model: one test per requirement and case.</summary>
public sealed class GptTests
{
    // On tensors as small as those of tests, several threads are slower than one.
    static GptTests() => TorchSharp.torch.set_num_threads(1);

    public static Catalog Own { get; } = new("attention", AttentionRequirements.Groups);

    public static Catalog All { get; } = Judge
        .Decoder(_ => Decoder.From(new Gpt(), Gpt.Vocabulary, Gpt.MaxLength) with { Tied = true })
        .And(Own);

    [Theory, Requirements(typeof(GptTests), nameof(All))]
    public void Holds(RequirementCase c) => c.Verify();

    [Theory, Requirements(typeof(GptTests), nameof(Own), Impostors = true)]
    public void Refutes(RequirementCase c) => c.Verify();
}
