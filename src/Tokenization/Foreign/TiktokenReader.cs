using System.Globalization;
using TurkishLlm.Files;
using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Reads files of tiktoken: a token in base64, a space and its rank per line.</summary>
internal static class TiktokenReader
{
    public static LoadedTokenizer Read(string file, string splitRule)
    {
        var rule = FindRule(file, splitRule);
        var size = Check(file);
        using var stream = File.OpenRead(file);
        var noTokens = new Dictionary<string, int>();
        return new(Create(stream, [SplitStep.Create(rule, file)], normalizer: null, noTokens), "tiktoken", size);
    }

    /// <summary>Creates the tokenizer of a stream in the format of tiktoken.</summary>
    public static ML.TiktokenTokenizer Create(
        Stream ranks, IReadOnlyList<SplitStep> steps, ML.Normalizer? normalizer, IReadOnlyDictionary<string, int> addedTokens) =>
        ML.TiktokenTokenizer.Create(ranks, new CodePointPreTokenizer(steps, addedTokens.Keys), normalizer, addedTokens);

    /// <summary>Returns true if a line has a token in base64 and a rank.</summary>
    public static bool IsLine(string line) => TryParse(line, out _, out _);

    private static string FindRule(string file, string splitRule)
    {
        var name = splitRule.Length > 0 ? splitRule : Path.GetFileNameWithoutExtension(file);
        if (TiktokenSplitRule.Find(name) is { } known) return known;
        if (splitRule.Length > 0) return splitRule;
        throw new InvalidDataException(
            $"{file} has no split rule, and {name} is not the name of a known one. Give one of "
                + $"{string.Join(", ", TiktokenSplitRule.Names)}, or a regular expression, with --split-rule.");
    }

    // Returns the number of tokens.
    private static int Check(string file)
    {
        var (tokens, ranks, bytes) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<int>(), 0);
        foreach (var (number, line) in TextFile.ReadLines(file).Index())
        {
            if (line.Length == 0) continue;
            if (!TryParse(line, out var token, out var rank))
                throw new InvalidDataException(
                    $"{file}:{number + 1}: \"{Excerpt.Of(line, 80)}\" is not a token in base64 and its rank.");
            if (!tokens.Add(Convert.ToHexString(token)))
                throw new InvalidDataException($"{file}:{number + 1}: the token occurs twice.");
            if (!ranks.Add(rank)) throw new InvalidDataException($"{file}:{number + 1}: the rank {rank} occurs twice.");
            if (token.Length == 1) bytes++;
        }
        if (bytes < 256)
            throw new InvalidDataException(
                $"{file} has tokens for {bytes} of the 256 bytes, so that it cannot encode every text. It may be truncated.");
        return tokens.Count;
    }

    private static bool TryParse(string line, out byte[] token, out int rank)
    {
        (token, rank) = ([], 0);
        if (line.Split(' ') is not [{ Length: > 0 } base64, var number]) return false;
        var buffer = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, buffer, out var length) || length == 0) return false;
        token = buffer[..length];
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out rank);
    }
}
