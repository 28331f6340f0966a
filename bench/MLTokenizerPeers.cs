using System.Text.Json;
using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;
using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Bench;

/// <summary>The tokenizers of Microsoft.ML.Tokenizers with our merges and split rule, as that package offers them.</summary>
internal static class MLTokenizerPeers
{
    private static readonly ML.RegexPreTokenizer Splitter =
        new(new Regex(SplitRule.Turkish.Pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled), specialTokens: null);

    /// <summary>Creates its byte-level BPE from the <c>tokenizer.json</c> of a folder.</summary>
    public static ML.BpeTokenizer CreateBpe(string folder)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        var model = json.RootElement.GetProperty("model");
        var vocabulary = model.GetProperty("vocab").EnumerateObject()
            .Select(entry => KeyValuePair.Create(entry.Name, entry.Value.GetInt32()));
        return ML.BpeTokenizer.Create(new ML.BpeOptions(vocabulary)
        {
            Merges = [.. model.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!)],
            PreTokenizer = Splitter,
            ByteLevel = true,
        });
    }

    /// <summary>Creates its tiktoken with our ids as ranks.</summary>
    public static ML.TiktokenTokenizer CreateTiktoken(Tokenizer tokenizer)
    {
        using var ranks = new MemoryStream();
        using (var lines = new StreamWriter(ranks, leaveOpen: true))
            for (var id = VocabularyLayout.FirstByte; id < tokenizer.VocabularySize; id++)
                lines.WriteLine($"{Convert.ToBase64String(tokenizer.GetBytes(id))} {id}");
        ranks.Position = 0;
        return ML.TiktokenTokenizer.Create(ranks, Splitter, normalizer: null);
    }

    /// <summary>Compares ids of each line of a text file, or of the text files of a folder.</summary>
    public static int Compare(string text, string folder)
    {
        var own = Tokenizer.Load(folder);
        ML.Tokenizer[] all = [own.AsMLTokenizer(), CreateBpe(folder), CreateTiktoken(own)];
        var (lines, different) = (0, new int[all.Length]);
        foreach (
            var line in (File.Exists(text) ? (IEnumerable<string>)[text] : Directory.EnumerateFiles(text, "*.txt"))
                .SelectMany(File.ReadLines)
                .Where(line => line.Length > 0))
        {
            lines++;
            var ids = own.EncodeToIds(line);
            foreach (var (i, other) in all.Index())
                if (!ids.SequenceEqual(other.EncodeToIds(line))) different[i]++;
        }
        foreach (var (i, other) in all.Index())
            Console.WriteLine($"{lines} lines, {different[i]} of them with other ids in {other.GetType().Name}");
        return different.All(count => count == 0) ? 0 : 1;
    }
}
