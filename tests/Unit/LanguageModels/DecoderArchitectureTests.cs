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
    private static readonly Dictionary<string, Architecture> Architectures = new(StringComparer.Ordinal)
    {
        ["ALiBi, grouped queries"] = new(With(new() { Position = PositionKind.Alibi }), ["DEC-14", "DEC-19"]),
        ["RoPE, layer norm, tied"] = new(
            With(new() { Position = PositionKind.Rope, Norm = NormKind.Layer, KeyValueHeads = 4, Tied = true }), ["DEC-14"]),
        ["multi-query, no positions"] = new(
            With(new() { Position = PositionKind.None, KeyValueHeads = 1, Layers = 3 }), ["DEC-14", "DEC-19"]),
        ["experts, dropout"] = new(With(new() { Experts = 3, Dropout = 0.1, Position = PositionKind.Rope }), ["DEC-19"]),
        ["16 experts"] = new(With(new() { Experts = 16 }), ["DEC-14", "DEC-19"]),
        ["module"] = new(
            _ => Decoder.From(new LearnedGpt(), vocabulary: 97, maxLength: 32),
            ["DEC-08", "DEC-09", "DEC-10", "DEC-11", "DEC-12", "DEC-19"]),
        ["module under autocast"] = new(
            _ => Decoder.From(new LearnedGpt(autocast: true), vocabulary: 97, maxLength: 32) with
            {
                NumberType = torch.ScalarType.BFloat16,
                ConvertTo = null,
            },
            ["DEC-08", "DEC-09", "DEC-10", "DEC-11", "DEC-12", "DEC-17", "DEC-18", "DEC-19", "DEC-23"]),
        ["module with a window and padding"] = new(
            _ => CreateWindowed(), ["DEC-08", "DEC-10", "DEC-11", "DEC-12", "DEC-14", "DEC-19"]),
    };

    public static TheoryData<string, torch.ScalarType, long> All() =>
        [
            .. from name in Architectures.Keys
            from type in new[] { torch.ScalarType.Float32, torch.ScalarType.BFloat16 }
            from seed in new long[] { 1, 2, 3 }
            select (name, type, seed),
        ];

    [Theory, MemberData(nameof(All))]
    public void Correct_decoders_hold(string name, torch.ScalarType type, long seed)
    {
        using var at = new Conditions(numberType: type, seed: seed);
        var architecture = Architectures[name];
        var judgments = Judge.Decoder(architecture.Create).Judge(at);
        judgments
            .Where(judgment => !judgment.Verdict.Holds)
            .Select(judgment => $"{judgment.Requirement.Id} {judgment.CaseName}: {judgment.Verdict.Evidence}")
            .Should().BeEmpty();
        string[] coarse = type == torch.ScalarType.BFloat16 ? ["DEC-17", "DEC-18"] : [];
        judgments.Where(judgment => judgment.Verdict.IsSkipped).Select(judgment => judgment.Requirement.Id).Distinct()
            .Should().BeEquivalentTo(architecture.Skipped.Union(coarse));
    }

    private static Func<long, Decoder> With(ReferenceGptOptions options) => seed => ReferenceGpt.CreateDecoder(seed, options);

    private static Decoder CreateWindowed()
    {
        var module = new WindowedGpt();
        return Decoder.From(module, vocabulary: 97, maxLength: 32) with
        {
            Window = WindowedGpt.Window,
            PaddingId = WindowedGpt.Padding,
            PackedLogits = module.Read,
            PositionsRestart = false,
        };
    }

    private sealed record Architecture(Func<long, Decoder> Create, string[] Skipped);
}
