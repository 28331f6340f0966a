using TurkishLlm.Specification.LanguageModels.Reference;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>Epochs of a run.</summary>
/// <param name="Salt">Is added to the seed of the conditions.</param>
/// <param name="Epochs">Number of epochs.</param>
public sealed record LoopOrderCase(int Salt, int Epochs);

/// <summary>The order of training items: LOOP-15.</summary>
public static class OrderRequirements
{
    /// <summary>Epochs, resuming and held-out items.</summary>
    public static readonly Requirement<LoopOrderCase, LoopSubject> LOOP_15_Order = new()
    {
        Id = "LOOP-15",
        Statement = "An epoch has every item once but no held-out one, each epoch and each seed has an order of its own, and a "
            + "resumed epoch continues where it stopped.",
        Source = "BUG-DAT-09, BUG-DAT-22, BUG-CKP-05, BUG-CKP-06, BUG-CKP-07",
        CanonicalCases = [new(0, 3), new(101, 4)],
        Subject = (_, _) => Correct,
        Holds = Judge,
        Impostors = new()
        {
            ["with replacement"] = (_, _) => Orders((seed, epoch, position) =>
            {
                var random = new Random(unchecked((int)(31 * seed + epoch)));
                var items = ReferenceOrder.Shuffle(seed, epoch);
                return items.Select(_ => items[random.Next(items.Count)]).ToArray().Skip(position);
            }),
            ["the last partial batch is lost"] = (_, _) => Orders((seed, epoch, position) =>
                ReferenceOrder.Shuffle(seed, epoch).SkipLast(1).Skip(position)),
            ["the same order in every epoch"] = (_, _) => Orders((seed, _, position) =>
                ReferenceOrder.Shuffle(seed, 0).Skip(position)),
            ["two orders in turn"] = (_, _) => Orders((seed, epoch, position) =>
                ReferenceOrder.Shuffle(seed, epoch % 2).Skip(position)),
            ["the seed is not used"] = (_, _) => Orders((_, epoch, position) => ReferenceOrder.Shuffle(42, epoch).Skip(position)),
            ["off by one at the split"] = (_, _) => Orders((seed, epoch, position) =>
                ReferenceOrder.Shuffle(seed, epoch, item => ReferenceOrder.IsHeldOut(item + 1)).Skip(position)),
            ["a resumed epoch starts again"] = (_, _) => Orders((seed, epoch, _) => ReferenceOrder.Shuffle(seed, epoch)),
            ["a resumed epoch has another order"] = (_, _) => Orders((seed, epoch, position) =>
                ReferenceOrder.Shuffle(seed + position, epoch).Skip(position)),
            ["one item is lost on resuming"] = (_, _) => Orders((seed, epoch, position) =>
                ReferenceOrder.Shuffle(seed, epoch).Skip(position == 0 ? 0 : position + 1)),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) => [LOOP_15_Order.For((_, _) => subject)];

    private static LoopSubject Orders(Func<long, int, int, IEnumerable<int>> epoch) => Correct with
    {
        Facts = ReferenceLoop.Facts with { Order = ReferenceOrder.Correct with { Epoch = epoch } },
    };

    private static Verdict Judge(LoopSubject subject, LoopOrderCase c, Conditions at)
    {
        if (subject.Facts.Order is not { } order) return Verdict.Skip("no order of items is stated");
        var seed = at.Seed + c.Salt;
        int[] items = [.. Enumerable.Range(0, order.Items).Where(item => !order.IsHeldOut(item))];
        int[][] epochs = [.. Enumerable.Range(0, c.Epochs).Select(epoch => order.Epoch(seed, epoch, 0).ToArray())];
        var verdicts = new List<Verdict>();
        for (var epoch = 0; epoch < c.Epochs; epoch++)
        {
            verdicts.Add(Verdict.SameElements(items, epochs[epoch].Order().ToArray(), $"items of epoch {epoch}, sorted"));
            verdicts.Add(Verdict.SameElements(epochs[epoch], order.Epoch(seed, epoch, 0).ToArray(), $"epoch {epoch} again"));
            foreach (var position in new[] { 1, items.Length / 2, items.Length - 1 })
                verdicts.Add(Verdict.SameElements(
                    epochs[epoch][Math.Min(position, epochs[epoch].Length)..], order.Epoch(seed, epoch, position).ToArray(),
                    $"epoch {epoch} from position {position} on"));
        }
        for (var epoch = 1; epoch < c.Epochs; epoch++)
            verdicts.Add(Verdict.Equal(
                false, epochs.Take(epoch).Any(earlier => earlier.SequenceEqual(epochs[epoch])),
                $"epoch {epoch} has the order of an earlier one"));
        verdicts.Add(Verdict.Equal(
            false, epochs[0].SequenceEqual(order.Epoch(seed + 1, 0, 0)), "another seed has the same order"));
        return Verdict.All(verdicts).Describe(() => FindMistakes(order, seed, items, epochs));
    }

    // 1 for each mistake: items of an epoch, its order, and what is left of it after resuming in its middle.
    private static double[] FindMistakes(LoopOrder order, long seed, int[] items, int[][] epochs)
    {
        int[][] rests = [.. epochs.Select((epoch, i) => epoch[Math.Min(items.Length / 2, epoch.Length)..])];
        int[][] resumed = [.. epochs.Select((_, i) => order.Epoch(seed, i, items.Length / 2).ToArray())];
        bool[] mistakes =
        [
            epochs.Any(epoch => items.Except(epoch).Any()),
            epochs.Any(epoch => epoch.Distinct().Count() < epoch.Length),
            epochs.Any(epoch => epoch.Except(items).Any()),
            epochs.Where((epoch, i) => !epoch.SequenceEqual(order.Epoch(seed, i, 0))).Any(),
            epochs.Where((epoch, i) => epochs.Take(i).Any(earlier => earlier.SequenceEqual(epoch))).Any(),
            epochs[0].SequenceEqual(order.Epoch(seed + 1, 0, 0)),
            rests.Zip(resumed).Any(pair => pair.Second.Length > pair.First.Length),
            rests.Zip(resumed).Any(pair => pair.Second.Length < pair.First.Length),
            rests.Zip(resumed).Any(pair =>
                pair.Second.Length == pair.First.Length && !pair.Second.SequenceEqual(pair.First)),
        ];
        return [.. mistakes.Select(isMade => isMade ? 1.0 : 0)];
    }
}
