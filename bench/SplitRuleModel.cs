using System.Text;
using TorchSharp;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tests.LlamaCpp;
using TurkishLlm.Tokenization;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>A small model with the tokenizer of one split rule, measured in bits per byte.</summary>
internal static class SplitRuleModel
{
    private const int Rows = 8, Length = 192;
    private const double PeakRate = 3e-3;

    // Rules of llama.cpp near to that for Turkish, applied to its tokens.
    private static readonly string[] ForeignRules =
        ["poro-chat", "tekken", "gpt-4o", "llama-bpe", "qwen2", "gpt-2", "deepseek-v3", "youtu"];

    /// <summary>Trains, and prints a line for the tokenizer's own ids and one for each rule of llama.cpp.</summary>
    public static int RunWorker(string tokenizerFolder, string corpus, string heldOut, double megabytes, int seed)
    {
        CheckedOperators.SetNumThreads(1);
        var tokenizer = Tokenizer.Load(tokenizerFolder);
        var config = new ModelConfig(tokenizer.VocabularySize, 128, 4, 4, 2, 344, Length);
        using var parameters = WeightInitializer.Initialize(config, seed, CPU);
        using var model = new LanguageModel(parameters, ComputeType.Float32);
        var (ids, bytes) = Encode(SampleDocuments(corpus, megabytes), tokenizer.EncodeToIds);
        Train(model, parameters, ids);

        string[] documents = [.. SplitRules.ReadDomains(heldOut).SelectMany(domain => domain.Documents)];
        Print("own", tokenizer.EncodeToIds);
        if (tokenizer.Split != SplitRule.Turkish) return 0;
        foreach (var name in ForeignRules)
        {
            using var theirs = new LlamaVocabulary(tokenizer, name);
            Print($"of llama.cpp's {name}", theirs.Encode);
        }
        return 0;

        void Print(string by, Func<string, IReadOnlyList<int>> encode)
        {
            var (tokens, length) = Encode(documents, encode);
            Console.WriteLine(
                Invariant($"| {tokenizer.Split} | seed {seed} | {bytes / 1e6:F2} MB, {ids.Count:N0} tokens | ids {by} | ")
                + Invariant($"{MeasureNats(model, tokens) / Math.Log(2) / length:F4} |"));
        }
    }

    // The same documents for every rule, from all files in proportion to their size: those with the lowest hashes.
    private static IEnumerable<string> SampleDocuments(string corpus, double megabytes)
    {
        var rest = megabytes * 1e6;
        return DocumentReader.Read(corpus).Select(document => document.Text).OrderBy(GetOrder).TakeWhile(text =>
        {
            rest -= Encoding.UTF8.GetByteCount(text);
            return rest > 0;
        });
    }

    private static uint GetOrder(string text)
    {
        var hash = 2166136261;
        foreach (var c in text) hash = (hash ^ c) * 16777619;
        return hash;
    }

    private static (List<int> Ids, long Bytes) Encode(IEnumerable<string> documents, Func<string, IReadOnlyList<int>> encode)
    {
        var (ids, bytes) = (new List<int>(), 0L);
        foreach (var document in documents)
        {
            ids.Add(SpecialTokens.BeginOfText);
            ids.AddRange(encode(document));
            ids.Add(SpecialTokens.EndOfText);
            bytes += Encoding.UTF8.GetByteCount(document);
        }
        return (ids, bytes);
    }

    private static void Train(LanguageModel model, ParameterTable parameters, List<int> ids)
    {
        using var optimizer = new AdamW(parameters, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
        var steps = (ids.Count - 1) / (Rows * Length);
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            using var batch = CreateBatch(ids, step * Rows * Length, Rows);
            GradientAccumulation.Compute(model, [batch], batch.LossTerms);
            GradientClipping.ClipByGlobalNorm(parameters, 1);
            var progress = (double)step / steps;
            optimizer.Step(PeakRate * Math.Min(1, progress / 0.05) * (0.55 + 0.45 * Math.Cos(Math.PI * progress)));
            parameters.ClearGradients();
        }
    }

    private static double MeasureNats(LanguageModel model, List<int> ids)
    {
        using var withoutGradients = no_grad();
        var nats = 0.0;
        for (var row = 0; row < (ids.Count - 1) / Length; row += Rows)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(Rows, (ids.Count - 1) / Length - row);
            using var batch = CreateBatch(ids, row * Length, rows);
            nats += model.ComputeLossSum(batch.Inputs, batch.Targets).item<float>();
        }
        return nats * (ids.Count - 1) / ((ids.Count - 1) / Length * Length);
    }

    private static TokenBatch CreateBatch(List<int> ids, int start, int rows)
    {
        var (inputs, targets) = (new long[rows * Length], new long[rows * Length]);
        for (var i = 0; i < inputs.Length; i++) (inputs[i], targets[i]) = (ids[start + i], ids[start + i + 1]);
        return TokenBatch.Create(inputs, targets, rows, CPU);
    }
}
