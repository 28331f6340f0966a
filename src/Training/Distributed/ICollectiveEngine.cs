using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed;

/// <summary>A library that adds up the tensors of several processes, one operation at a time.</summary>
/// <remarks>All calls come from one thread, but for <see cref="Close"/> where things are given up.</remarks>
public interface ICollectiveEngine
{
    /// <summary>Connects to the same engine of every other process. May wait indefinitely where one is lost.</summary>
    /// <param name="context">Which of the processes this is.</param>
    /// <param name="allGather">Gives every process the texts of all, in the order of ranks.</param>
    /// <exception cref="CollectiveException">The library refused.</exception>
    void Connect(DistributedContext context, Func<string, IReadOnlyList<string>> allGather);

    /// <summary>Begins to replace a tensor, in place, by its sum over all processes; all of them get the same bits.</summary>
    /// <param name="tensor">Contiguous; of the same shape and number type everywhere. It is used until the sum is there.</param>
    /// <exception cref="CollectiveException">The library refused.</exception>
    /// <exception cref="NotSupportedException">It cannot add numbers of this type.</exception>
    void StartAllReduce(Tensor tensor);

    /// <summary>Moves the sum along, and what other processes still wait for.</summary>
    /// <returns>True when no sum is under way.</returns>
    /// <exception cref="CollectiveException">The library gave up.</exception>
    bool PollCompletion();

    /// <summary>Disconnects.</summary>
    /// <param name="graceful">True when all processes disconnect now; false when one is lost and the sum is given up.</param>
    void Close(bool graceful);
}
