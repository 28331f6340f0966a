using NanoGpt;
using TurkishLlm.Specification.LanguageModels.Decoders;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>The models as decoders: the few lines that a user writes.</summary>
internal static class ForeignDecoders
{
    public static IReadOnlyList<string> Names { get; } = ["NanoGpt", "Llama", "GPT-2", "Mixtral", "BLOOM"];

    public static Func<long, Decoder> Get(string name, ForeignBug bug = ForeignBug.None) => name switch
    {
        "NanoGpt" => _ => Decoder.From(new Gpt(), Gpt.Vocabulary, Gpt.MaxLength) with { Tied = true },
        "Llama" => _ => CreateLlama(bug),
        "GPT-2" => _ => CreateGpt2(bug),
        "Mixtral" => _ => Decoder.From(new MixtralModel(bug), MixtralModel.Vocabulary, MixtralModel.MaxLength),
        "BLOOM" => _ => CreateBloom(bug),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such model."),
    };

    private static Decoder CreateLlama(ForeignBug bug)
    {
        var model = new LlamaModel(bug);
        return Decoder.From(model, LlamaModel.Vocabulary, LlamaModel.MaxLength) with
        {
            StartCache = model.StartCache,
            PaddedLogits = model.ReadPadded,
            PackedLogits = model.ReadPacked,
            PositionsRestart = true,
        };
    }

    private static Decoder CreateGpt2(ForeignBug bug)
    {
        var model = new Gpt2Model(bug);
        return Decoder.From(model, Gpt2Model.Vocabulary, Gpt2Model.MaxLength) with
        {
            StartCache = model.StartCache,
            PaddedLogits = model.ReadPadded,
            Tied = true,
            Load = model.LoadWeights,
            ConvertTo = model.Convert,
        };
    }

    private static Decoder CreateBloom(ForeignBug bug)
    {
        var model = new BloomModel(bug);
        return Decoder.From(model, BloomModel.Vocabulary, BloomModel.MaxLength) with
        {
            StartCache = model.StartCache,
            Tied = true,
        };
    }
}
