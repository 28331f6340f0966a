using TurkishLlm.Files;
using TurkishLlm.Model;

namespace TurkishLlm.Runs.HuggingFace;

/// <summary>Where an exported model comes from, for its card.</summary>
/// <param name="Run">The run that trained it; null if it was imported.</param>
/// <param name="Step">The step of the checkpoint; null if it was imported.</param>
/// <param name="License">Identifier of the license, such as <c>apache-2.0</c>; null if none was given.</param>
/// <param name="IsAverage">True for the moving average of the weights in place of those of the step.</param>
public sealed record ModelOrigin(RunFolder? Run = null, long? Step = null, string? License = null, bool IsAverage = false)
{
    /// <summary>Checks an identifier of a license.</summary>
    /// <exception cref="ConfigurationException">It has other characters than the identifiers of Hugging Face.</exception>
    public static void CheckLicense(string license)
    {
        ArgumentNullException.ThrowIfNull(license);
        if (license.Length == 0 || !license.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.'))
            throw new ConfigurationException(
                $"The license is \"{Excerpt.Of(license)}\"; it must be an identifier of Hugging Face in lower case, such as "
                    + "apache-2.0, mit or cc-by-4.0.");
    }
}
