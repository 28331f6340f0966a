using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.LlamaCpp;

public sealed class FirstProofTests
{
    [Theory]
    [InlineData(GgufTensorType.F32)]
    [InlineData(GgufTensorType.F16)]
    [InlineData(GgufTensorType.BF16)]
    [InlineData(GgufTensorType.Q8_0)]
    public void Loads(GgufTensorType type)
    {
        var tok = Path.Combine(ReferenceRun.Fixtures, "tokenizer");
        var tokenizer = Tokenizer.Load(tok);
        var config = ModelConfig.Toy(tokenizer.VocabularySize);
        using var weights = WeightInitializer.Initialize(config, 3, CPU);
        using (no_grad()) foreach (var t in weights.Tensors)
{ using var s = NewDisposeScope(); t.mul_(4).add_(randn_like(t) * 0.02f); }
        var folder = Path.Combine(ReferenceRun.Scratch, "gguf-" + type);
        GgufModel.Write(folder, weights, tok, null, type);
        using var theirs = LlamaModel.Load(Path.Combine(folder, "model.gguf"), 128);
        var text = "Türkiye'nin başkenti Ankara'dır; İstanbul en kalabalık kenttir.";
        theirs.Tokenize(text).Should().Equal(tokenizer.EncodeToIds(text));
        int[] ids = [0, .. tokenizer.EncodeToIds(text)];
        theirs.Tokenize(text, begin: true).Should().Equal(ids);
        using var model = new LanguageModel(weights);
        using var g = no_grad();
        var ours = model.Forward(tensor(ids.Select(i => (long)i).ToArray()).unsqueeze(0))[0];
        var logits = theirs.ComputeLogits(ids);
        var worst = 0.0;
        for (var p = 0; p < ids.Length; p++)
            for (var v = 0; v < config.VocabSize; v++)
                worst = Math.Max(worst, Math.Abs(ours[p, v].ToSingle() - logits[p][v]));
        Console.Error.WriteLine($"{type}: {worst} of {ours.abs().max().ToSingle()} std {ours.std().ToSingle()}; ends"
            + $" {string.Join(",", Enumerable.Range(0, 16).Where(theirs.IsEnd))}");
        worst.Should().BeLessThan(1);
    }
}
