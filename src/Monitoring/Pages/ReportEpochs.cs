using System.Globalization;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the epochs of a report.</summary>
internal static class ReportEpochs
{
    public static string RenderHtml(IReadOnlyList<EpochMetrics> epochs)
    {
        if (epochs.Count == 0) return "";
        var rows = epochs.Select(epoch => Invariant(
            $"<tr><td>{(epoch.Epoch == 0 ? "before training" : epoch.Epoch.ToString(CultureInfo.InvariantCulture))}</td><td>{Loss(epoch.TrainingLoss)}</td><td>{Loss(epoch.ValidationLoss)}{(epoch.IsBest ? " ★" : "")}</td><td>{Loss(epoch.TextLoss)}</td><td>{ShortNumber.FormatDuration(epoch.Seconds)}</td></tr>\n"));
        return $"<h2>Epochs</h2>\n<div class=\"card events\"><table><thead><tr><th>epoch</th><th>training loss</th><th>validation loss</th><th>loss on running text</th><th>time</th></tr></thead><tbody>\n{string.Concat(rows)}</tbody></table></div>";
    }

    private static string Loss(double? loss) => loss is { } value ? value.ToString("0.000", CultureInfo.InvariantCulture) : "–";
}
