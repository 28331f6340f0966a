using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Specification;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>
/// GGUF files with a tokenizer of another program: llama.cpp gives the ids and the logits of the imported model, from the
/// original file and from the one that is exported again.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class ImportTests : IDisposable
{
    private static readonly string[] Special = ["<s>", "</s>", "<pad>", "[CLS]"];

    private readonly string _folder = Directory.CreateTempSubdirectory("turkishllm-import-").FullName;

    public static TheoryData<string> Rules => SplitRuleIdTests.Rules();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Rules))]
    public void Ids_and_logits_of_an_imported_model_are_those_of_llama_cpp(string rule)
    {
        LlamaBackend.SkipUnlessAvailable();
        var path = WriteForeignFile(SplitRule.Find(rule)!, tied: rule.Length % 2 == 0);
        using var imported = Import(path);
        var sources = VocabularyConversion.Create(imported.Vocabulary, path).Sources;
        imported.Write(Path.Combine(_folder, "mine"));
        GgufModel.Write(
            Path.Combine(_folder, "out"), imported.Weights, Path.Combine(_folder, "mine"), template: null, GgufTensorType.F32,
            ForeignVocabulary.Load(Path.Combine(_folder, "mine")));
        foreach (var file in new[] { path, Path.Combine(_folder, "out", GgufModel.FileName) })
        {
            using var theirs = LlamaModel.Load(file, length: 128);
            foreach (var text in SplitRuleIdTests.Texts.Select(SplitRuleIdTests.ReplaceLoneSurrogates).Append("a</s><s>[CLS]"))
                imported.Tokenizer.EncodeToIds(text).Select(id => sources[id]).Should()
                    .Equal(theirs.Tokenize(text), "{0}: {1}", rule, text);
            ((int)theirs.Vocabulary.EOS!.Value).Should().Be(sources[SpecialTokens.EndOfText]);
            ((int)theirs.Vocabulary.BOS!.Value).Should().Be(sources[SpecialTokens.BeginOfText]);
            CompareLogits(imported, theirs, sources);
        }
    }

    // Also the probabilities: llama.cpp has no rows for the special tokens that are absent.
    private static void CompareLogits(ImportedModel imported, LlamaModel theirs, IReadOnlyList<int> sources)
    {
        int[] ids = [SpecialTokens.BeginOfText, .. imported.Tokenizer.EncodeToIds("Türkiye'nin başkenti Ankara'dır: 1923!")];
        using var model = new LanguageModel(imported.Weights);
        var ours = LogitTests.Compute(model, ids);
        var others = theirs.ComputeLogits([.. ids.Select(id => sources[id])]);
        var config = imported.Weights.Config;
        var present = Enumerable.Range(0, config.VocabSize).Where(id => !config.AbsentTokens.Contains(id)).ToArray();
        others[0].Length.Should().Be(present.Length);
        var largest = others.Max(row => row.Max(Math.Abs));
        var bound = Tolerance.LlamaCpp("F32", config.NLayers, config.DFf);
        foreach (var (own, other) in ours.Zip(others))
        {
            present.Max(id => Math.Abs(own[id] - other[sources[id]]) / largest).Should().BeLessThan((float)bound);
            Math.Abs(LogSumExp(own) - LogSumExp(other)).Should().BeLessThan(2 * largest * (float)bound);
        }
    }

    private static double LogSumExp(float[] logits) => Math.Log(logits.Sum(logit => Math.Exp(logit)));

    private static ImportedModel Import(string path)
    {
        using var file = GgufFile.Open(path);
        using var weights = GgufWeights.Load(file, RefactArchitecture.Read(file), CPU);
        return ImportedModel.Convert(weights, GgufVocabulary.Read(file), path);
    }

    // A file as another program writes it: tokens in no order, none of the keys of this program.
    private string WriteForeignFile(SplitRule rule, bool tied)
    {
        var learned = SplitRuleIdTests.Train(rule);
        string Spell(int id) => ByteSpelling.Spell(learned.GetBytes(id));
        var tokens = Enumerable.Range(16, learned.VocabularySize - 16).Select(Spell).Concat(Special).ToArray();
        new Random(3).Shuffle(tokens);
        var path = Path.Combine(_folder, "theirs.gguf");
        var metadata = new GgufMetadata(path);
        metadata.Add("tokenizer.ggml.model", "gpt2");
        metadata.Add("tokenizer.ggml.pre", rule.LlamaCppName!);
        metadata.Add("tokenizer.ggml.tokens", tokens);
        metadata.Add("tokenizer.ggml.token_type", tokens.Select(token => Special.Contains(token) ? 3 : 1).ToArray());
        metadata.Add(
            "tokenizer.ggml.merges", learned.Merges.Select(merge => $"{Spell(merge.Left)} {Spell(merge.Right)}").ToArray());
        foreach (var (key, name) in new[] { ("bos", "<s>"), ("eos", "</s>"), ("padding", "<pad>") })
            metadata.Add($"tokenizer.ggml.{key}_token_id", (uint)Array.IndexOf(tokens, name));
        metadata.Add("tokenizer.ggml.add_bos_token", true);
        var config = ModelConfig.Toy(tokens.Length).With(tieEmbeddings: tied);
        using var weights = WeightInitializer.Initialize(config, seed: 4, CPU);
        using (no_grad())
            foreach (var tensor in weights.Tensors) tensor.mul_(2);
        GgufWeights.Save(path, weights, metadata, GgufTensorType.F32);
        return path;
    }
}
