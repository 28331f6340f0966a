using TurkishLlm.Specification.LanguageModels.Loops;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>The order of items, from the seed and the epoch, as in samplers of PyTorch; the last items are held out.</summary>
internal sealed class EpochSampler(ForeignBug bug = ForeignBug.None)
{
    private const int Items = 24, Trained = 20, BatchSize = 3;

    public LoopOrder Order => new(Items, GetEpoch) { IsHeldOut = item => item >= Trained };

    private IEnumerable<int> GetEpoch(long seed, int epoch, int position)
    {
        int[] items = [.. Enumerable.Range(0, bug == ForeignBug.HeldOutOverlaps ? Trained + 1 : Trained)];
        var isFirst = bug == ForeignBug.SameOrderEveryEpoch
            || (bug == ForeignBug.OrderOfFirstEpochOnResume && position > 0);
        var again = bug == ForeignBug.OrderDrawnAgainOnResume ? position : 0;
        new Random(unchecked((int)(1009 * seed) + 31 * (isFirst ? 0 : epoch) + 7919 * again)).Shuffle(items);
        var kept = bug == ForeignBug.LastBatchDropped ? items.Length / BatchSize * BatchSize : items.Length;
        return items.Take(kept).Skip(position);
    }
}
