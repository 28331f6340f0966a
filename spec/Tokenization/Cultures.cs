using System.Globalization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Runs a function under a culture, on a separate thread, so that the culture of the caller stays.</summary>
internal static class Cultures
{
    /// <summary>The culture of this thread; only impostors use it.</summary>
    public static CultureInfo Current => Thread.CurrentThread.CurrentCulture;

    /// <summary>Returns a culture with unusual signs, and the named cultures if the process has them.</summary>
    public static IEnumerable<CultureInfo> TestCultures()
    {
        var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        strange.NumberFormat.NegativeSign = "−";
        strange.NumberFormat.NumberDecimalSeparator = ",";
        yield return strange;
        foreach (var name in (string[])["tr-TR", "en-US"])
            if (Find(name) is { } culture) yield return culture;
    }

    /// <summary>Returns the result of a function under a culture.</summary>
    public static T RunWith<T>(CultureInfo culture, Func<T> function)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try { result = function(); }
            catch (Exception error) when (error is not OutOfMemoryException) { failure = error; }
        }) { CurrentCulture = culture, CurrentUICulture = culture };
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException(failure.Message, failure);
    }

    // A process with InvariantGlobalization has no named culture.
    private static CultureInfo? Find(string name)
    {
        try { return CultureInfo.GetCultureInfo(name); }
        catch (CultureNotFoundException) { return null; }
    }
}
