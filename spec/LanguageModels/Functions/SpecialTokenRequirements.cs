using TurkishLlm.Specification.LanguageModels.Reference;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirement of names of special tokens inside a text: TOK-12.</summary>
public static class SpecialTokenRequirements
{
    /// <summary>Creates TOK-12 for the special tokens of a tokenizer.</summary>
    /// <param name="specialIds">Their ids by name.</param>
    /// <exception cref="ArgumentException">The dictionary is empty.</exception>
    public static Requirement<TextCase, TextCodec> Create(IReadOnlyDictionary<string, int> specialIds)
    {
        ArgumentNullException.ThrowIfNull(specialIds);
        if (specialIds.Count == 0) throw new ArgumentException("There are no special tokens to judge.", nameof(specialIds));
        var (names, all) = (specialIds.Keys.ToArray(), specialIds.Values.ToHashSet());
        return new()
        {
            Id = "TOK-12",
            Statement = "The name of a special token inside a text is ordinary text: it gives no special id, and decoding gives "
                + "the text.",
            Source = "BUG-TOK-12; huggingface/transformers #26468",
            CanonicalCases = [new(names[0]), new($"Merhaba{names[^1]}{names[0]}dünya"), new(string.Concat(names) + " son")],
            Subject = (_, _) => ByteCodec.Create(specialIds),
            Holds = (codec, c, _) =>
            {
                var ids = codec.Encode(c.Text);
                return Verdict.All(
                    Verdict.Equal(0, ids.Count(all.Contains), "special ids"),
                    Verdict.Equal(c.Text, codec.Decode(ids), "text"));
            },
            Impostors = new()
            {
                ["finds special tokens in text"] = (_, _) =>
                    ByteCodec.Create(specialIds) with { Encode = text => [.. FindSpecialTokens(text, specialIds)] },
                ["removes special token names from text"] = (_, _) => ByteCodec.Create(specialIds).After(text =>
                    names.Aggregate(text + ".", (rest, name) => rest.Replace(name, "", StringComparison.Ordinal))),
                ["gives the unknown id for unwanted characters"] = (_, _) =>
                    ByteCodec.Create(specialIds) with { Encode = text => [.. ReplaceCharacter(text, names[0][0], specialIds)] },
            },
        };
    }

    // Looks for the first name in the rest of the text.
    private static IEnumerable<int> FindSpecialTokens(string text, IReadOnlyDictionary<string, int> specialIds)
    {
        var codec = ByteCodec.Create(specialIds);
        while (text.Length > 0)
        {
            var (at, name) = specialIds.Keys
                .Select(name => (At: text.IndexOf(name, StringComparison.Ordinal), Name: name))
                .Where(found => found.At >= 0).DefaultIfEmpty((text.Length, "")).MinBy(found => found.Item1);
            foreach (var id in codec.Encode(text[..at])) yield return id;
            if (name.Length > 0) yield return specialIds[name];
            text = text[(at + name.Length)..];
        }
    }

    private static IEnumerable<int> ReplaceCharacter(string text, char unwanted, IReadOnlyDictionary<string, int> specialIds) =>
        text.SelectMany(c => c == unwanted
            ? [specialIds.Values.Max()]
            : ByteCodec.Create(specialIds).Encode(c.ToString()));
}
