namespace TurkishLlm.Inference.Tools;

/// <summary>What a model reads instead of an output. A model can be trained on these texts, so they are stable.</summary>
public static class ToolErrors
{
    /// <summary>The output for a call that cannot be read.</summary>
    public const string Unreadable = "Hata: çağrı okunamadı. Biçim: {\"name\":\"…\",\"arguments\":{…}}";

    /// <summary>The output of a tool that fails.</summary>
    public static string Failed(string reason) => $"Hata: {reason}";

    /// <summary>The output for a tool that does not exist.</summary>
    public static string Unknown(string name, IEnumerable<string> names) =>
        $"Hata: {name} adlı araç yok. Araçlar: {string.Join(", ", names)}.";

    /// <summary>The output of a tool that takes too long.</summary>
    public static string TimedOut(TimeSpan limit) =>
        $"Hata: araç {WriteSeconds(limit)} saniyede yanıt vermedi.";

    /// <summary>The output for a call after the last that is allowed.</summary>
    public static string TooManyCalls(int limit) =>
        FormattableString.Invariant($"Hata: en çok {limit} çağrı yapılabilir. Araç çağırmadan yanıt ver.");

    private static string WriteSeconds(TimeSpan time) =>
        FormattableString.Invariant($"{time.TotalSeconds:0.###}").Replace('.', ',');
}
