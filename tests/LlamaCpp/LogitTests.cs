using System.Runtime.InteropServices;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Specification;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>
/// llama.cpp computes from an exported file the logits that this program computes from the same numbers, up to the rounding of
/// its products.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class LogitTests
{
    private const string Text =
        "Türkiye'nin başkenti Ankara'dır. Kargo kaç günde gelir? Üç iş günü içinde teslim edilir; ücret alınmaz.";

    public static TheoryData<string, GgufTensorType> Cases => new(
        from name in new[] { "toy", "chat", "v1" } from type in Enum.GetValues<GgufTensorType>() select (name, type));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_are_those_of_this_program_within_the_rounding_of_the_type(string name, GgufTensorType type)
    {
        LlamaBackend.SkipUnlessAvailable();
        var exported = name switch { "toy" => ExportedModels.Toy, "chat" => ExportedModels.Chat, _ => ExportedModels.V1 };
        var file = exported.Export(type);
        int[] ids = [0, .. exported.Tokenizer.EncodeToIds(Text)];

        using var stored = GgufFile.Open(file);
        using var weights = GgufWeights.Load(stored, RefactArchitecture.Read(stored), CPU);
        using var model = new LanguageModel(weights);
        using var theirs = LlamaModel.Load(file, length: 128);
        var (ours, others) = (Compute(model, ids), theirs.ComputeLogits(ids));

        var largest = ours.Max(row => row.Max(Math.Abs));
        var worst = ours.Zip(others).Max(rows => rows.First.Zip(rows.Second).Max(pair => Math.Abs(pair.First - pair.Second)));
        var bound = Tolerance.LlamaCpp(type.ToString(), model.Config.NLayers, model.Config.DFf);
        TestContext.Current.SendDiagnosticMessage(
            FormattableString.Invariant($"{name} {type}: {worst:G3} of {largest:G3}, {worst / largest / bound:P1} of the bound"));
        (worst / largest).Should().BeLessThan((float)bound);
    }

    internal static float[][] Compute(LanguageModel model, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var logits = model.Forward(tensor(Array.ConvertAll(ids, id => (long)id)).unsqueeze(0))[0].contiguous();
        var all = MemoryMarshal.Cast<byte, float>(logits.bytes).ToArray();
        return [.. all.Chunk(model.Config.VocabSize)];
    }
}
