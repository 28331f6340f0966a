using TurkishLlm.Tokenization;

namespace TurkishLlm.Bench;

/// <summary>
/// Our ids against those of @huggingface/tokenizers, which reads the same tokenizer.json, on every line of a text.
/// </summary>
/// <remarks>Needs node, and NODE_PATH with that package. The other side is fixtures/make/golden_ids.mjs.</remarks>
internal static class HuggingFaceTokenizerParity
{
    public static int Run(string text, string models)
    {
        var tokenizer = Tokenizer.Load(models);
        var (compared, different) = (0, 0);
        foreach (
            var file in File.Exists(text)
                ? (IEnumerable<string>)[text]
                : Directory.EnumerateFiles(text, "*.txt").Order(StringComparer.Ordinal))
        {
            var lines = File.ReadAllText(file).Split('\n');
            var theirs = BenchmarkProcess
                .Run(false, "node", Path.Combine("fixtures", "make", "golden_ids.mjs"), models, file)
                .Output.Split('\n');
            for (var i = 0; i < lines.Length; i++, compared++)
            {
                var ours = string.Join(' ', tokenizer.EncodeToIds(lines[i]));
                if (string.Equals(ours, theirs[i], StringComparison.Ordinal)) continue;
                if (different++ < 5) Console.WriteLine($"{file}:{i + 1}: {lines[i]}\n  ours   {ours}\n  theirs {theirs[i]}");
            }
        }
        Console.WriteLine($"{compared} lines, {different} of them with other ids");
        return different == 0 ? 0 : 1;
    }
}
