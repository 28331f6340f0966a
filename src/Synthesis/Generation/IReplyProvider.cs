namespace TurkishLlm.Synthesis.Generation;

/// <summary>Answers requests.</summary>
public interface IReplyProvider
{
    /// <summary>Asks once; whoever calls decides about asking again.</summary>
    /// <param name="request">What to ask.</param>
    /// <param name="attempt">1, and one more for each reply that could not be read.</param>
    /// <param name="cancellationToken">Gives up waiting. What was asked may have to be paid all the same.</param>
    /// <exception cref="ProviderException">There is no reply; says why, and whether to ask again.</exception>
    Task<ModelReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken);
}
