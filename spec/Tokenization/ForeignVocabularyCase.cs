using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>A vocabulary of another program: its tokens have ids in no order.</summary>
/// <param name="Rule">The split rule.</param>
/// <param name="Merges">Merges of the run's tokenizer to keep, at most.</param>
/// <param name="Special">
/// Names of the special tokens with the id that they have here, separated by spaces: <c>&lt;/s&gt;=1</c>. A name without an id is
/// a token that this program does not know.
/// </param>
/// <param name="Unused">Number of rows without a meaning.</param>
public sealed record ForeignVocabularyCase(SplitRule Rule, int Merges, string Special, int Unused)
{
    /// <summary>The special tokens: their names, and their ids here.</summary>
    public IReadOnlyList<(string Name, int? Own)> SpecialTokens =>
    [
        .. Special.Split(' ').Select(entry => entry.Split('=') is [var name, var own]
            ? (name, int.Parse(own, System.Globalization.CultureInfo.InvariantCulture))
            : (entry, (int?)null)),
    ];

    /// <summary>Creates the vocabulary.</summary>
    public ForeignVocabulary Create(Conditions at)
    {
        var learned = new Tokenizer(Rule, [.. at.Tokenizer.Merges.Take(Merges)]);
        string Spell(int id) => ByteSpelling.Spell(learned.GetBytes(id));
        const int first = VocabularyLayout.FirstByte;
        var text = Enumerable.Range(first, learned.VocabularySize - first).Select(Spell);
        (string Text, ForeignTokenKind Kind)[] all =
        [
            .. SpecialTokens.Select(token => (token.Name, ForeignTokenKind.Special)),
            .. text.Select(token => (token, ForeignTokenKind.Text)),
            .. Enumerable.Range(0, Unused).Select(i => ($"<unused_{i}>", ForeignTokenKind.Unused)),
        ];
        new Random(unchecked((int)at.Seed) + 7).Shuffle(all);
        return new()
        {
            Tokens = [.. all.Select(token => token.Text)],
            Kinds = [.. all.Select(token => token.Kind)],
            Merges = [.. learned.Merges.Select(merge => $"{Spell(merge.Left)} {Spell(merge.Right)}")],
            Split = Rule,
            SpecialIds = SpecialTokens.Where(token => token.Own is not null).ToDictionary(
                token => token.Own!.Value, token => Array.FindIndex(all, other => other.Text == token.Name)),
            AddsBeginOfText = true,
        };
    }

    /// <summary>The rule, sizes and special tokens.</summary>
    public override string ToString() => $"{Rule}, {Merges} merges, {Special}, {Unused} unused";
}
