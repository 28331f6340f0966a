using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed;

/// <summary>A library that sums tensors over processes, one operation at a time.</summary>
/// <remarks>All calls come from one thread, except <see cref="Close"/> after a failure.</remarks>
public interface ICollectiveEngine
{
    /// <summary>Connects to the engines of the other processes. May block indefinitely if one is lost.</summary>
    /// <param name="context">Rank and addresses of this process.</param>
    /// <param name="allGather">Gathers one text of every process, in the order of ranks.</param>
    /// <exception cref="CollectiveException">The library reported an error.</exception>
    void Connect(DistributedContext context, Func<string, IReadOnlyList<string>> allGather);

    /// <summary>Starts to replace a tensor, in place, by its sum over all processes. All processes get the same bits.</summary>
    /// <param name="tensor">
    /// Contiguous; the same shape and number type in every process. In use until the sum is complete.
    /// </param>
    /// <exception cref="CollectiveException">The library reported an error.</exception>
    /// <exception cref="NotSupportedException">The library cannot add numbers of this type.</exception>
    void StartAllReduce(Tensor tensor);

    /// <summary>Advances the sum and the operations that other processes wait for.</summary>
    /// <returns>True if no sum is in progress.</returns>
    /// <exception cref="CollectiveException">The library reported an error.</exception>
    bool PollCompletion();

    /// <summary>Disconnects.</summary>
    /// <param name="graceful">True if all processes disconnect now; false if one is lost and the sum is aborted.</param>
    void Close(bool graceful);
}
