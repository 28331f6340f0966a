using FluentAssertions;
using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Decoders;
using TurkishLlm.Specification.LanguageModels.Reference;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>Correct decoders of several architectures meet every requirement, in both number types.</summary>
[Collection(nameof(NonParallel))]
public sealed class DecoderArchitectureTests
{
    private static readonly Dictionary<string, Func<long, Decoder>> Architectures = new(StringComparer.Ordinal)
    {
        ["ALiBi, grouped queries"] = With(new() { Position = PositionKind.Alibi }),
        ["RoPE, layer norm, tied"] = With(
            new() { Position = PositionKind.Rope, Norm = NormKind.Layer, KeyValueHeads = 4, Tied = true }),
        ["multi-query, no positions"] = With(new() { Position = PositionKind.None, KeyValueHeads = 1, Layers = 3 }),
        ["experts, dropout"] = With(new() { Experts = 3, Dropout = 0.1, Position = PositionKind.Rope }),
        ["module"] = _ => Decoder.From(new LearnedGpt(), vocabulary: 97, maxLength: 32),
    };

    public static TheoryData<string, torch.ScalarType, long> All() =>
        [
            .. from name in Architectures.Keys
            from type in new[] { torch.ScalarType.Float32, torch.ScalarType.BFloat16 }
            from seed in new long[] { 1, 2, 3 }
            select (name, type, seed),
        ];

    [Theory, MemberData(nameof(All))]
    public void Correct_decoders_hold(string architecture, torch.ScalarType type, long seed)
    {
        using var at = new Conditions(numberType: type, seed: seed);
        Judge.Decoder(Architectures[architecture]).Judge(at)
            .Where(judgment => !judgment.Verdict.Holds)
            .Select(judgment => $"{judgment.Requirement.Id} {judgment.CaseName}: {judgment.Verdict.Evidence}")
            .Should().BeEmpty();
    }

    private static Func<long, Decoder> With(ReferenceGptOptions options) => seed => ReferenceGpt.CreateDecoder(seed, options);
}
