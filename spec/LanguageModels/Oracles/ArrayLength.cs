using System.Globalization;

namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>Checks that a flat array has the length that its axes require.</summary>
public static class ArrayLength
{
    /// <summary>Refuses an array of another length.</summary>
    public static void Require(Array values, int length, string name)
    {
        if (values.Length == length) return;
        throw new ArgumentException(string.Create(
            CultureInfo.InvariantCulture, $"{name} has {values.Length} elements, its sizes give {length}."), name);
    }

    /// <summary>Number of rows of the given width.</summary>
    public static int Rows(Array values, int width, string name)
    {
        if (width > 0 && values.Length % width == 0) return values.Length / width;
        throw new ArgumentException(string.Create(
            CultureInfo.InvariantCulture, $"{name} has {values.Length} elements, which rows of {width} do not divide."), name);
    }
}
