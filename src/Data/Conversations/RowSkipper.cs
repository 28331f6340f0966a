namespace TurkishLlm.Data.Conversations;

/// <summary>Reads a row, or reports why it is invalid.</summary>
internal static class RowSkipper
{
    /// <param name="read">Reads the row.</param>
    /// <param name="onSkipped">Receives the message of an invalid row, which is then skipped; null to throw.</param>
    /// <returns>What was read; nothing if the row was skipped.</returns>
    public static IReadOnlyList<T> ReadOne<T>(Func<T> read, Action<string>? onSkipped) => ReadMany<T>(() => [read()], onSkipped);

    /// <inheritdoc cref="ReadOne"/>
    public static IReadOnlyList<T> ReadMany<T>(Func<IEnumerable<T>> read, Action<string>? onSkipped)
    {
        try
        {
            return [.. read()];
        }
        catch (InvalidDataException error) when (onSkipped is not null)
        {
            onSkipped(error.Message);
            return [];
        }
    }
}
