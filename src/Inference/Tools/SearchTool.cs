namespace TurkishLlm.Inference.Tools;

/// <summary>Searches documentation.</summary>
/// <param name="search">Returns the passages for a query as the model reads them, the best that fit. May be called by several
/// threads.</param>
public sealed class SearchTool(Func<string, IReadOnlyList<string>> search) : ITool
{
    /// <summary>The output of a search that finds nothing.</summary>
    public const string Nothing = "Sonuç yok.";

    /// <inheritdoc/>
    public string Name => "search";

    /// <inheritdoc/>
    public string Description => "Belgelerde arar ve en uygun bölümleri numaralarıyla verir.";

    /// <inheritdoc/>
    public string ArgumentSchema =>
        """{"type":"object","properties":{"query":{"type":"string"}},"required":["query"]}""";

    /// <inheritdoc/>
    public Task<string> InvokeAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        arguments.RefuseOthers("query");
        var found = search(arguments.GetString("query"));
        return Task.FromResult(found.Count == 0 ? Nothing : string.Join("\n\n", found));
    }
}
