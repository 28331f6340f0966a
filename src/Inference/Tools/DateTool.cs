namespace TurkishLlm.Inference.Tools;

/// <summary>Says the date of today, the day of the week of a date, and the number of days between two dates.</summary>
/// <param name="clock">The clock and its time zone.</param>
/// <remarks>
/// Without arguments, today; with <c>date</c>, that date with its day of the week; with <c>until</c>, the days from <c>date</c>,
/// or today, to it. Spec: TOOL-07.
/// </remarks>
public sealed class DateTool(TimeProvider clock) : ITool
{
    /// <inheritdoc/>
    public string Name => "date";

    /// <inheritdoc/>
    public string Description =>
        "Bugünün tarihini, bir tarihin gününü (date) veya iki tarih arasındaki gün sayısını (date, until) verir.";

    /// <inheritdoc/>
    public string ArgumentSchema =>
        """{"type":"object","properties":{"date":{"type":"string"},"until":{"type":"string"}}}""";

    /// <inheritdoc/>
    public Task<string> InvokeAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        arguments.RefuseOthers("date", "until");
        var date = arguments.GetOptionalString("date") is { } from ? TurkishDate.Parse(from) : Today();
        if (arguments.GetOptionalString("until") is not { } until) return Task.FromResult(TurkishDate.Write(date));
        var days = TurkishDate.Parse(until).DayNumber - date.DayNumber;
        return Task.FromResult(FormattableString.Invariant($"{days} gün"));
    }

    private DateOnly Today() => DateOnly.FromDateTime(clock.GetLocalNow().DateTime);
}
