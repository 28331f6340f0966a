using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Spec.Data;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tests.Property.Tokenization;

namespace TurkishLlm.Tests.Property.Conversations;

/// <summary>Random conversations, marks and packed rows; each knows how to become smaller.</summary>
internal static class ConversationArbitraries
{
    private static readonly Gen<string> Text = from text in TextGenerators.Text.Generator
                                               // nothing to clean off
                                               select TurkishLlm.Tokenization.TextNormalizer.ToNfc($"ş{text}x");

    /// <summary>Conversations of one to four questions, with contexts and tools or without.</summary>
    public static Arbitrary<ChatCase> Chat { get; } = Arb.From(
        from system in Gen.Elements(true, false)
        from task in Text
        from exchanges in Gen.NonEmptyListOf(Exchange)
        let turns = exchanges.Take(4).SelectMany(turns => turns)
        select new ChatCase("any", [.. system ? [new ChatTurn("system", task)] : Array.Empty<ChatTurn>(), .. turns]),
        c =>
            c.Turns.Count(turn => turn.Role == "user") > 1
                ? [c with { Turns = [.. c.Turns.Take(c.Turns.ToList().FindLastIndex(turn => turn.Role == "user"))] }]
                : []);

    /// <summary>Tokens with marks, not on the first.</summary>
    public static Arbitrary<LossMaskCase> LossMasks { get; } = Arb.From(LossMasksOf(2, 12), Shrink);

    /// <summary>Several of them with room to spare.</summary>
    public static Arbitrary<RowCase> Row { get; } = Arb.From(
        from examples in Gen.NonEmptyListOf(LossMasksOf(2, 9))
        from spare in Gen.Choose(0, 6)
        let some = (IReadOnlyList<LossMaskCase>)[.. examples.Take(5)]
        select new RowCase(spare + some.Sum(example => example.Tokens.Count - 1), some),
        c => c.Examples.Count > 1 ? [new RowCase(c.Length, [.. c.Examples.SkipLast(1)])] : []);

    /// <summary>Rows of drawn texts for a model.</summary>
    public static Arbitrary<PackedCase> Packed { get; } = Arb.From(
        from model in ModelArbitraries.Model.Generator
        from cuts in Gen.ArrayOf(Gen.ArrayOf(Gen.Choose(1, model.Time - 1), 2), model.Batch)
        select new PackedCase(model, [.. cuts.Select(row => (IReadOnlyList<int>)Lengths(row, model.Time))]));

    private static Gen<ChatTurn[]> Exchange { get; } =
        from question in Text
        from contexts in Gen.Choose(0, 2)
        from context in Gen.ArrayOf(Text, 2)
        from answer in Text
        from tool in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        from call in Text
        select tool
            ? (ChatTurn[])
                [
                    new("user", question, context[..contexts]), new("assistant", answer, Call: call), new("tool", context[0]),
                    new("assistant", context[1]),
                ]
            : [new("user", question, context[..contexts]), new("assistant", answer)];

    private static Gen<LossMaskCase> LossMasksOf(int fewest, int most) =>
        from count in Gen.Choose(fewest, most)
        from ids in Gen.ArrayOf(Gen.Choose(0, 400), count)
        from marks in Gen.ArrayOf(Gen.Elements('x', '.'), count)
        select new LossMaskCase(string.Join(' ', ids), "." + new string(marks[1..]));

    private static IEnumerable<LossMaskCase> Shrink(LossMaskCase c) =>
        c.LossMask.Length > 2 ? [new LossMaskCase(string.Join(' ', c.Tokens.SkipLast(1)), c.LossMask[..^1])] : [];

    private static int[] Lengths(int[] cuts, int time)
    {
        int[] borders = [0, .. cuts.Distinct().Order(), time];
        return [.. borders.Zip(borders.Skip(1), (from, to) => to - from)];
    }
}
