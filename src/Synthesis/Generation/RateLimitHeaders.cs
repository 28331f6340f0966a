using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>Reads how long a service asks to wait, from the headers and messages that services use for it.</summary>
internal static partial class RateLimitHeaders
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>Returns the delay that a response with an error asks for; null if it gives none.</summary>
    /// <param name="response">The response.</param>
    /// <param name="now">The current time, for dates.</param>
    public static TimeSpan? FindDelay(HttpResponseMessage response, DateTimeOffset now)
    {
        var headers = response.Headers;
        if (GetValue(headers, "retry-after-ms") is { } precise && ParseNumber(precise) is { } milliseconds)
            return Clamp(milliseconds / 1000);
        if (GetValue(headers, "Retry-After") is { } after)
        {
            if (ParseNumber(after) is { } seconds) return Clamp(seconds);
            // The clock of the service counts, if it gives one: both dates come from it.
            if (ParseDate(after) is { } date) return Clamp((date - (headers.Date ?? now)).TotalSeconds);
        }
        // Several limits: wait for those that are used up. If none says so, the shortest wait may be enough. Services send these
        // headers with every response, so they explain a 429 only.
        var limits = headers
            .Where(header => IsReset(header.Key))
            .Select(header => (
                Delay: ParseReset(header.Value.First(), headers.Date ?? now),
                IsUsedUp: GetValue(headers, Remaining(header.Key)) is { } rest && ParseNumber(rest) is <= 0))
            .Where(limit => limit.Delay is not null)
            .ToArray();
        var used = limits.Where(limit => limit.IsUsedUp).ToArray();
        return used.Length > 0 ? used.Max(limit => limit.Delay)
            : response.StatusCode == HttpStatusCode.TooManyRequests ? limits.Min(limit => limit.Delay)
            : null;
    }

    /// <summary>Returns the delay in a message such as "Please try again in 1m2.5s"; null if it gives none.</summary>
    public static TimeSpan? FindDelay(string message) =>
        DelayRegex().Match(message) is { Success: true } match ? ParseDuration(match.Groups[1].Value) : null;

    private static bool IsReset(string name) =>
        name.Contains("ratelimit", StringComparison.OrdinalIgnoreCase)
        && name.Contains("reset", StringComparison.OrdinalIgnoreCase);

    private static string Remaining(string reset) => reset.Replace("reset", "remaining", StringComparison.OrdinalIgnoreCase);

    private static string? GetValue(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.First().Trim() : null;

    // A duration, a number of seconds, or a moment: as a date, in seconds since 1970, or in milliseconds since 1970.
    private static TimeSpan? ParseReset(string value, DateTimeOffset now) =>
        ParseNumber(value) switch
        {
            > 100_000_000_000 and var moment => Clamp(moment / 1000 - now.ToUnixTimeMilliseconds() / 1000.0),
            > 1_000_000_000 and var moment => Clamp(moment - now.ToUnixTimeMilliseconds() / 1000.0),
            { } seconds => Clamp(seconds),
            null => ParseDuration(value) ?? (ParseDate(value) is { } date ? Clamp((date - now).TotalSeconds) : null),
        };

    private static TimeSpan? ParseDuration(string value)
    {
        if (DurationRegex().Match(value.Trim()) is not { Success: true, Length: > 0 } match) return null;
        double[] seconds = [86400, 3600, 60, 1, 0.001];
        return Clamp(seconds.Select((unit, i) => unit * (ParseNumber(match.Groups[i + 1].Value) ?? 0)).Sum());
    }

    private static double? ParseNumber(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DateTimeOffset? ParseDate(string value) =>
        DateTimeOffset.TryParse(
            value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out var date)
        ? date : null;

    private static TimeSpan Clamp(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, Longest.TotalSeconds));

    [GeneratedRegex(@"^(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?$")]
    private static partial Regex DurationRegex();

    [GeneratedRegex(@"(?:try again|retry) (?:in|after) ((?:[\d.]+(?:d|h|ms|m|s))+)", RegexOptions.IgnoreCase)]
    private static partial Regex DelayRegex();
}
