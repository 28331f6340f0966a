namespace TurkishLlm.Synthesis.Generation;

/// <summary>Processes batches of requests, within a day and at half the price.</summary>
public interface IBatchProvider
{
    /// <summary>Submits a batch.</summary>
    /// <param name="submission">The client's name of the batch.</param>
    /// <param name="requests">The requests by key.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The service's name of the batch.</returns>
    /// <exception cref="ProviderException">
    /// The batch was not accepted or, if the exception is in doubt, may have been accepted.
    /// </exception>
    Task<string> SubmitAsync(
        string submission, IReadOnlyDictionary<string, ModelRequest> requests, CancellationToken cancellationToken);

    /// <summary>Searches the batches of the service for one that may or may not have been submitted.</summary>
    /// <param name="sent">The submitted batch and the time of submission.</param>
    /// <param name="others">Batches that are already identified.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The service's name of the batch; null if the service does not have it.</returns>
    /// <exception cref="ProviderException">The service does not respond.</exception>
    Task<string?> FindAsync(BatchSentEntry sent, IReadOnlyCollection<string> others, CancellationToken cancellationToken);

    /// <summary>Returns how far a batch has been processed.</summary>
    /// <exception cref="ProviderException">The service does not respond.</exception>
    Task<BatchStatus> GetStatusAsync(string batch, CancellationToken cancellationToken);

    /// <summary>Returns the results of a batch that has ended, as received.</summary>
    /// <returns>A line for each request.</returns>
    /// <exception cref="ProviderException">The service does not respond.</exception>
    IAsyncEnumerable<RawReply> GetResultsAsync(string batch, CancellationToken cancellationToken);
}
