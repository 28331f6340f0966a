namespace TurkishLlm.Synthesis.Generation;

/// <summary>Answers requests.</summary>
public interface IReplyProvider
{
    /// <summary>Sends a request once. Retries are up to the caller.</summary>
    /// <param name="request">The request.</param>
    /// <param name="attempt">Number of the attempt, from 1; increased after each unreadable reply.</param>
    /// <param name="cancellationToken">Stops waiting. The service may charge for the request nevertheless.</param>
    /// <returns>The reply as received, regardless of what it contains.</returns>
    /// <exception cref="ProviderException">There is no reply; the exception gives the reason and whether to retry.</exception>
    Task<RawReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken);
}
