using System.Globalization;
using TurkishLlm.Files;
using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Spec.Tools;

/// <summary>Asks the date tool.</summary>
/// <param name="clock">The clock.</param>
/// <param name="arguments">The arguments, as JSON.</param>
public delegate string AskDate(TimeProvider clock, string arguments);

/// <summary>Two dates.</summary>
/// <param name="Now">The time of the clock, with its distance from UTC.</param>
/// <param name="From">The first date, as Turkish writes it.</param>
/// <param name="Until">The second date.</param>
/// <param name="Days">The number of days between them, counted in a calendar.</param>
/// <param name="Today">The local date, with its day.</param>
/// <param name="Weekday">The first date with its day.</param>
public sealed record DateCase(string Now, string From, string Until, int Days, string Today, string Weekday);

/// <summary>Dates of the date tool: TOOL-07.</summary>
public static class DateSpec
{
    /// <summary>TOOL-07.</summary>
    public static readonly Requirement<DateCase, AskDate> TOOL_07_Dates = new()
    {
        Id = "TOOL-07",
        Statement = "The date tool says the local date of its clock, the day of the week of a date, and the number of days from "
            + "one date to another by the Gregorian calendar, without the first.",
        Source = "Common bugs: the date of UTC; months of 30 days; 1900 as a leap year; both ends are counted",
        CanonicalCases =
        [
            new("2024-03-01T23:30:00-03:00", "28.02.2024", "1 Mart 2104", 29221, "01.03.2024 Cuma", "28.02.2024 Çarşamba"),
            new("2026-01-01T01:15:00+03:00", "1 Ocak 1900", "2000-12-31", 36_889, "01.01.2026 Perşembe", "01.01.1900 Pazartesi"),
            new("2023-10-29T02:00:00+14:00", "29 EKİM 1923", "27.05.1896", -10_015, "29.10.2023 Pazar", "29.10.1923 Pazartesi"),
        ],
        Subject = (_, _) => Ask,
        Holds = (ask, c, _) => Verdict.All(
            Verdict.Equal(c.Today, ask(new CaseClock(c.Now), "{}"), "today"),
            Verdict.Equal(c.Weekday, ask(new CaseClock(c.Now), $$"""{"date":"{{c.From}}"}"""), c.From),
            Verdict.Equal(
                string.Create(CultureInfo.InvariantCulture, $"{c.Days} gün"),
                ask(new CaseClock(c.Now), $$"""{"date":"{{c.From}}","until":"{{c.Until}}"}"""), $"{c.From} – {c.Until}")),
        Impostors = new()
        {
            ["today is that of UTC"] = (_, _) => (clock, arguments) => Ask(new CaseClock(
                clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)), arguments),
            ["both ends are counted"] = WithDays((_, days) => days + Math.Sign(days)),
            ["months have 30 days"] = WithDays((c, _) => Count(c, date => date.Year * 360 + date.Month * 30 + date.Day)),
            ["years have 365 days"] = WithDays((c, _) => Count(c, date => date.Year * 365 + date.DayOfYear)),
            ["every fourth year is a leap year"] = WithDays((c, _) => Count(
                c, date => date.Year * 365 + (date.Year - 1) / 4 + date.DayOfYear)),
            ["the dates are exchanged"] = WithDays((_, days) => -days),
            ["the week begins a day later"] = (_, _) => (clock, arguments) => Ask(clock, arguments)
                .Replace("Pazartesi", "Salı", StringComparison.Ordinal)
                .Replace("Çarşamba", "Perşembe", StringComparison.Ordinal),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [TOOL_07_Dates];

    private static string Ask(TimeProvider clock, string arguments)
    {
        using var json = StrictJson.Parse(arguments, "arguments");
        return new DateTool(clock).InvokeAsync(new(json.RootElement.Clone()), CancellationToken.None).GetAwaiter().GetResult();
    }

    private static Func<DateCase, Conditions, AskDate> WithDays(Func<DateCase, int, int> count) =>
        (c, _) => (clock, arguments) => arguments.Contains("until", StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"{count(c, c.Days)} gün")
            : Ask(clock, arguments);

    private static int Count(DateCase c, Func<DateOnly, int> number)
    {
        var (from, until) = (Read(c, c.From), Read(c, c.Until));
        return number(until) - number(from);
    }

    private static DateOnly Read(DateCase c, string date) => DateOnly.ParseExact(
        Ask(new CaseClock(c.Now), $$"""{"date":"{{date}}"}""").Split(' ')[0], "dd.MM.yyyy", CultureInfo.InvariantCulture);

    private sealed class CaseClock(string now) : TimeProvider
    {
        private readonly DateTimeOffset _now = DateTimeOffset.Parse(now, CultureInfo.InvariantCulture);

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.CreateCustomTimeZone("case", _now.Offset, "case", "case");

        public override DateTimeOffset GetUtcNow() => _now.ToUniversalTime();
    }
}
