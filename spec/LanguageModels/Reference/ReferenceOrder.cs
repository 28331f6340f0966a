using TurkishLlm.Specification.LanguageModels.Loops;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>A correct order of 37 items, of which every ninth is held out.</summary>
internal static class ReferenceOrder
{
    public static LoopOrder Correct { get; } = new(37, (seed, epoch, position) => Shuffle(seed, epoch).Skip(position))
    {
        IsHeldOut = IsHeldOut,
    };

    public static bool IsHeldOut(int item) => item % 9 == 4;

    /// <summary>The items of an epoch in random order.</summary>
    public static IReadOnlyList<int> Shuffle(long seed, int epoch, Func<int, bool>? isHeldOut = null)
    {
        var random = new Random(unchecked((int)(seed * 7919 + epoch)));
        return [.. Enumerable.Range(0, 37).Where(item => !(isHeldOut ?? IsHeldOut)(item)).OrderBy(_ => random.Next())];
    }
}
