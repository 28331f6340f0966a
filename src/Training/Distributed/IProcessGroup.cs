using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed;

/// <summary>
/// The processes that train together. Every method is called by all of them, in the same order, and returns when all have
/// called it: what one process alone decides or skips makes the others wait indefinitely.
/// </summary>
public interface IProcessGroup : IDisposable
{
    /// <summary>Which of them this is.</summary>
    DistributedContext Context { get; }

    /// <summary>Replaces a tensor, in place, by its sum over all processes; all of them get the same bits.</summary>
    /// <param name="tensor">Contiguous; of the same shape and number type everywhere.</param>
    /// <exception cref="LostRankException">A process is gone.</exception>
    void AllReduceSum(Tensor tensor);

    /// <summary>Gives every process the texts of all, in the order of ranks.</summary>
    /// <exception cref="LostRankException">A process is gone.</exception>
    IReadOnlyList<string> AllGather(string text);

    /// <summary>The sum of a number over all processes.</summary>
    /// <exception cref="LostRankException">A process is gone.</exception>
    long AllReduceSum(long number)
    {
        using var scope = NewDisposeScope();
        var cell = tensor(number);
        AllReduceSum(cell);
        return cell.item<long>();
    }

    /// <inheritdoc cref="AllReduceSum(long)"/>
    double AllReduceSum(double number)
    {
        using var scope = NewDisposeScope();
        var cell = tensor(number);
        AllReduceSum(cell);
        return cell.ToDouble();
    }

    /// <summary>True when something is true in any process.</summary>
    /// <exception cref="LostRankException">A process is gone.</exception>
    bool AnyRank(bool value) => AllReduceSum(value ? 1L : 0L) > 0;
}
