using TurkishLlm.Cli.Chat;
using TurkishLlm.Inference.Chat;

namespace TurkishLlm.Cli.Tools;

/// <summary>A search for independent questions: every search numbers its passages from 1.</summary>
/// <param name="retriever">Searches the documentation.</param>
/// <param name="maxTokens">Maximum length of the passages, in tokens.</param>
internal sealed class DocumentationSearch(ContextRetriever retriever, int maxTokens)
{
    private readonly Lock _turn = new();

    /// <summary>Reads and indexes documentation.</summary>
    /// <param name="docs">Folder of pages, or one page.</param>
    /// <param name="model">The model that reads the passages.</param>
    /// <param name="answerTokens">Maximum length of an answer, in tokens.</param>
    /// <param name="passages">Maximum number of passages per search.</param>
    /// <param name="maxTokens">Maximum length of the passages, in tokens.</param>
    /// <exception cref="InvalidDataException">The documentation has no page, or the context window is too short.</exception>
    public static DocumentationSearch Open(string docs, ChatModel model, int answerTokens, int passages, int maxTokens) =>
        new(ContextRetriever.Open([], docs, model, answerTokens, passages, isOnDemand: true), maxTokens);

    /// <summary>Returns the passages for a query. May be called from several threads.</summary>
    public IReadOnlyList<string> Find(string query)
    {
        lock (_turn)
        {
            retriever.Reset();
            return retriever.Search(query, maxTokens);
        }
    }
}
