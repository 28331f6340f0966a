namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirement of inputs and targets of tokens with a loss mask: SFT-06.</summary>
public static class MaskRequirements
{
    /// <summary>SFT-06.</summary>
    public static Requirement<LossMaskCase, Shift> Targets { get; } = new()
    {
        Id = "SFT-06",
        Statement = "The target of a position is the next token if the loss mask includes it, and nothing else: the first answer "
            + "token is predicted from the last token of its header, and any id in the mask is learned, also padding and 0.",
        Source = "BUG-SFT-06, BUG-SFT-07, BUG-LOS-03, BUG-LOS-06: OpenRLHF #973, verl PR #5362, unsloth #416: masked a place "
            + "late, or by value",
        CanonicalCases =
        [
            new("4 5 9 17 6 4 5 21 22 6", ".......xxx"), new("0 2 2 0 6 2 0 300", "..x.xxxx"), new("7 65535 1 6", "..xx"),
            new("3 8 6 8 8 6 8 6", "..xx..xx"),
        ],
        Subject = (_, _) => Shift,
        Holds = (shift, c, _) =>
        {
            var (inputs, targets) = shift(c.ToTokens());
            return Verdict.All(
                Verdict.SameElements([.. c.Tokens.SkipLast(1).Select(id => (long)id)], inputs, "inputs"),
                Verdict.SameElements(
                    [.. c.Tokens.Skip(1).Select((id, i) => c.LossMask[i + 1] == 'x' ? id : -1L)],
                    targets, "targets"));
        },
        Impostors = new()
        {
            ["the mask applies to the position that predicts"] = WithTargets((e, i) => e.LossMask[i] ? e.Ids[i + 1] : -1),
            ["one position late"] = WithTargets((e, i) => i > 0 && e.LossMask[i] && e.LossMask[i + 1] ? e.Ids[i + 1] : -1),
            ["not shifted at all"] = WithTargets((e, i) => e.LossMask[i] ? e.Ids[i] : -1),
            ["shifted twice"] = WithTargets((e, i) => i + 2 < e.Ids.Count && e.LossMask[i + 2] ? e.Ids[i + 2] : -1),
            ["0 where nothing is learned"] = WithTargets((e, i) => e.LossMask[i + 1] ? e.Ids[i + 1] : 0),
            ["-100 where nothing is learned"] = WithTargets((e, i) => e.LossMask[i + 1] ? e.Ids[i + 1] : -100),
            ["the last target is dropped"] = WithTargets((e, i) => e.LossMask[i + 1] && i + 2 < e.Ids.Count ? e.Ids[i + 1] : -1),
        },
    };

    internal static (long[] Inputs, long[] Targets) Shift(MaskedTokens tokens) =>
    (
        [.. tokens.Ids.SkipLast(1).Select(id => (long)id)],
        [.. tokens.Ids.Zip(tokens.LossMask, (id, isLearned) => isLearned ? (long)id : -1).Skip(1)]);

    private static Func<LossMaskCase, Conditions, Shift> WithTargets(Func<MaskedTokens, int, long> target) =>
        (_, _) => example =>
            (Shift(example).Inputs, [.. Enumerable.Range(0, example.Ids.Count - 1).Select(i => target(example, i))]);
}
