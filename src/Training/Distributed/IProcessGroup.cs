using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed;

/// <summary>
/// The processes that train together. All processes must call the same methods in the same order; a method returns when all have
/// called it. A process that skips a call makes the others wait indefinitely.
/// </summary>
public interface IProcessGroup : IDisposable
{
    /// <summary>Rank and addresses of this process.</summary>
    DistributedContext Context { get; }

    /// <summary>Replaces a tensor, in place, by its sum over all processes. All processes get the same bits.</summary>
    /// <param name="tensor">Contiguous; the same shape and number type in every process.</param>
    /// <exception cref="LostRankException">A process was lost.</exception>
    void AllReduceSum(Tensor tensor);

    /// <summary>Gathers one text of every process, in the order of ranks.</summary>
    /// <exception cref="LostRankException">A process was lost.</exception>
    IReadOnlyList<string> AllGather(string text);

    /// <summary>Returns the sum of a number over all processes.</summary>
    /// <exception cref="LostRankException">A process was lost.</exception>
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

    /// <summary>Returns true if the value is true in any process.</summary>
    /// <exception cref="LostRankException">A process was lost.</exception>
    bool AnyRank(bool value) => AllReduceSum(value ? 1L : 0L) > 0;
}
