namespace MySpec;

/// <summary>A bug to plant in the model: none, leak, tiled or untied. Change it and run the tests; then delete this class and its uses.</summary>
internal static class PlantedBug
{
    private const string Name = "BUG_OF_THE_TEMPLATE";

    public static bool Is(string name) => name == Name;
}
