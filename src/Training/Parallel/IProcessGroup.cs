using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

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
    void Sum(Tensor tensor);

    /// <summary>Gives every process the texts of all, in the order of ranks.</summary>
    /// <exception cref="LostRankException">A process is gone.</exception>
    IReadOnlyList<string> Gather(string text);

    /// <summary>The sum of a number over all processes.</summary>
    /// <exception cref="LostRankException">A process is gone.</exception>
    long Sum(long number)
    {
        using var scope = NewDisposeScope();
        var cell = tensor(number);
        Sum(cell);
        return cell.item<long>();
    }

    /// <inheritdoc cref="Sum(long)"/>
    double Sum(double number)
    {
        using var scope = NewDisposeScope();
        var cell = tensor(number);
        Sum(cell);
        return cell.ToDouble();
    }

    /// <summary>True when something is true in any process.</summary>
    /// <exception cref="LostRankException">A process is gone.</exception>
    bool Any(bool here) => Sum(here ? 1L : 0L) > 0;
}
