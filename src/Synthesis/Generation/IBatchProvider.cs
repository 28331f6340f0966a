namespace TurkishLlm.Synthesis.Generation;

/// <summary>Takes many requests at once, and answers them within a day for half the price.</summary>
public interface IBatchProvider
{
    /// <summary>Hands a batch in.</summary>
    /// <param name="submission">Our name for it.</param>
    /// <param name="requests">The requests by their keys.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The service's name for it.</returns>
    /// <exception cref="ProviderException">It was not taken; or, in doubt, it is not known.</exception>
    Task<string> SubmitAsync(string submission, IReadOnlyDictionary<string, ModelRequest> requests, CancellationToken cancellationToken);

    /// <summary>Looks among the service's batches for one of which it is not known whether it was taken.</summary>
    /// <param name="sent">What was to be handed in, and when.</param>
    /// <param name="others">Batches that are known to be others.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The service's name for it; null when the service does not have it.</returns>
    /// <exception cref="ProviderException">The service does not answer.</exception>
    Task<string?> FindAsync(BatchSentEntry sent, IReadOnlyCollection<string> others, CancellationToken cancellationToken);

    /// <summary>True when no request of a batch is worked on any more.</summary>
    /// <exception cref="ProviderException">The service does not answer.</exception>
    Task<bool> HasEndedAsync(string batch, CancellationToken cancellationToken);

    /// <summary>What came of the requests of a batch that has ended.</summary>
    /// <returns>For each key the reply, or why there is none.</returns>
    /// <exception cref="ProviderException">The service does not answer.</exception>
    IAsyncEnumerable<(string Key, ModelReply? Reply, string Error)> GetResultsAsync(string batch, CancellationToken cancellationToken);
}
