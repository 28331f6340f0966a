using System.IO;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Reports every line of a source that is too long, except inside raw strings.</summary>
public class CheckLineLength : Task
{
    /// <summary>Full paths of the sources.</summary>
    [Required]
    public string[] Files { get; set; }

    /// <summary>The repository; sources from packages lie elsewhere and are not checked.</summary>
    [Required]
    public string Root { get; set; }

    /// <summary>Columns that a line may have.</summary>
    public int Most { get; set; }

    /// <inheritdoc/>
    public override bool Execute()
    {
        foreach (var file in Files)
        {
            if (!Path.GetFullPath(file).StartsWith(Path.GetFullPath(Root)) || file.Replace('\\', '/').Contains("/artifacts/")) continue;
            var inRawString = false;
            var number = 0;
            foreach (var line in File.ReadLines(file))
            {
                number++;
                if (line.Length > Most && !inRawString && !line.Contains("\"\"\""))
                    Log.LogError(
                        null, "LINE130", null, file, number, Most + 1, number, line.Length,
                        "The line has {0} columns; break it so that it has at most {1}.", line.Length, Most);
                // A raw string opens or closes wherever its quotes come an odd number of times.
                for (var at = line.IndexOf("\"\"\""); at >= 0; at = line.IndexOf("\"\"\"", at + 3)) inRawString = !inRawString;
            }
        }
        return !Log.HasLoggedErrors;
    }
}
